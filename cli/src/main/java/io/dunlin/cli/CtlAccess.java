package io.dunlin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.broker.auth.PasswordHash.Cost;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The part of `dunlin ctl` that shows and changes users and rights.
final class CtlAccess {
  private static final String WHO =
      "A user; role:ROLE for all who have a role; :anonymous for clients without a login;"
          + " :everyone for all clients.";
  private static final String ACTION =
      "publish, subscribe (which includes receive), receive, or all; several with commas.";
  private static final String FILTER =
      "A topic filter; %%c in it stands for the client identifier, %%u for the user name.";
  private static final String NOW = "It counts at once, also for who is connected.";

  private final CtlCommand ctl;
  private final Surroundings around;
  private final SecretInput input;

  CtlAccess(CtlCommand ctl, Surroundings around, SecretInput input) {
    this.ctl = ctl;
    this.around = around;
    this.input = input;
  }

  void addTo(CommandSpec spec) {
    spec.addSubcommand(
        "users",
        ctl.asking(
            "users",
            "List the users of the password file, and whether they are connected.",
            _ -> CtlClient.request("users"),
            CtlAccess::users));
    CommandSpec user = Dunlin.group("user", "Add or remove a user.");
    user.addSubcommand("add", addUser());
    user.addSubcommand("remove", removeUser());
    spec.addSubcommand("user", user);
    spec.addSubcommand("rights", rights());
    spec.addSubcommand("allow", rule("allow", true));
    spec.addSubcommand("deny", rule("deny", false));
    spec.addSubcommand("revoke", revoke());
    spec.addSubcommand("role", role());
  }

  // -- users ----------------------------------------------------------------------------------

  private CommandSpec addUser() {
    CommandSpec spec =
        CtlCommand.common(
            Dunlin.command(
                "add",
                this::setPassword,
                "Add a user, or replace its password; who is connected by the old one is"
                    + " disconnected.",
                "On a terminal it asks for the password twice; otherwise it reads one line of"
                    + " standard input. The broker hashes it and writes its password file."));
    CtlCommand.positional(spec, 0, "NAME", "The user's name.");
    cost(spec, "--memory-kib", "Memory that one check of this password takes; default: ");
    cost(spec, "--iterations", "Passes over that memory; default: ");
    Dunlin.examples(
        spec, "dunlin ctl user add ann", "pass show mqtt/ann | dunlin ctl user add ann");
    return spec;
  }

  private static void cost(CommandSpec spec, String name, String description) {
    int ofDefault =
        name.equals("--iterations") ? Cost.DEFAULT.iterations() : Cost.DEFAULT.memoryKib();
    spec.addOption(
        OptionSpec.builder(name)
            .paramLabel("N")
            .type(Integer.class)
            .description(description + ofDefault + ".")
            .build());
  }

  private int setPassword(ParseResult options) {
    String user = options.matchedPositionalValue(0, "");
    byte[] password;
    try {
      password = input.readNew(user, around);
    } catch (IOException e) {
      around.error("the password cannot be read: " + e.getMessage());
      return ExitCode.FAILURE.number();
    }
    if (password == null) {
      return ExitCode.FAILURE.number();
    }
    ObjectNode request =
        CtlClient.request("user-set")
            .put("user", user)
            .put("password", Base64.getEncoder().encodeToString(password));
    Arrays.fill(password, (byte) 0);
    request.put("memoryKib", options.<Integer>matchedOptionValue("--memory-kib", null));
    request.put("iterations", options.<Integer>matchedOptionValue("--iterations", null));
    return ctl.ask(
        options,
        request,
        (answer, printer) ->
            printer.line(
                answer.path("new").asBoolean()
                    ? "added user " + user
                    : "replaced the password of " + user));
  }

  private CommandSpec removeUser() {
    CommandSpec spec =
        ctl.asking(
            "remove",
            "Remove a user; its clients are disconnected.",
            o -> CtlClient.request("user-remove").put("user", text(o, 0)),
            (answer, printer) -> {
              printer.line("removed user " + answer.path("user").asText());
              if (answer.path("hasRules").asBoolean()) {
                note("its rules and roles are still there; see 'dunlin ctl rights'");
              }
            });
    CtlCommand.positional(spec, 0, "NAME", "The user's name.");
    return spec;
  }

  private static void users(JsonNode answer, CtlPrinter printer) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode user : answer.path("users")) {
      rows.add(
          CtlPrinter.row(
              user.path("user").asText(), user.path("connected").asBoolean() ? "yes" : "no"));
    }
    printer.table(rows, "USER", "CONNECTED");
  }

  // -- rights ---------------------------------------------------------------------------------

  private CommandSpec rights() {
    CommandSpec spec =
        ctl.asking(
            "rights",
            "Show the rules in force.",
            o -> CtlClient.request("rights").put("who", o.<String>matchedPositionalValue(0, null)),
            this::rights);
    more(
        spec,
        "All of them, or those that count for one. One that denies wins over all that allow; what"
            + " none allows is denied.");
    spec.addPositional(
        PositionalParamSpec.builder()
            .index("0")
            .arity("0..1")
            .type(String.class)
            .paramLabel("WHO")
            .description(WHO)
            .build());
    Dunlin.examples(
        spec, "dunlin ctl rights", "dunlin ctl rights ann", "dunlin ctl rights role:sensor");
    return spec;
  }

  private void rights(JsonNode answer, CtlPrinter printer) {
    switch (answer.path("source").asText()) {
      case "none" -> printer.line("there are no rules: everything is allowed");
      case "plug_in" -> printer.line("a plug-in of the program around the broker decides");
      default -> {
        List<String[]> rules = new ArrayList<>();
        for (JsonNode rule : answer.path("rules")) {
          rules.add(
              CtlPrinter.row(
                  rule.path("who").asText(),
                  rule.path("allow").asBoolean() ? "allow" : "deny",
                  joined(rule.path("actions")),
                  joined(rule.path("topics"))));
        }
        printer.table(rules, "WHO", "RULE", "ACTIONS", "TOPICS");
        roles(answer.path("users"), printer);
      }
    }
  }

  private void roles(JsonNode users, CtlPrinter printer) {
    List<String[]> rows = new ArrayList<>();
    for (JsonNode user : users) {
      rows.add(
          CtlPrinter.row(
              user.path("user").asText(),
              joined(user.path("roles")),
              joined(user.path("clientIds"))));
    }
    if (!rows.isEmpty()) {
      around.out().println();
      printer.table(rows, "USER", "ROLES", "CLIENT IDS BEGIN WITH");
    }
  }

  private static String joined(JsonNode list) {
    return String.join(
        ", ", StreamSupport.stream(list.spliterator(), false).map(JsonNode::asText).toList());
  }

  private CommandSpec rule(String name, boolean allow) {
    String meaning =
        allow
            ? "It opens nothing that a rule denies: of WHO, of a role of it, or of :everyone."
            : "It counts whatever is allowed: to WHO, by a role of it, or to :everyone.";
    CommandSpec spec =
        who(
            ctl.asking(
                name,
                allow
                    ? "Let somebody publish, subscribe or receive."
                    : "Keep somebody from publishing, subscribing or receiving.",
                o -> rule(o, allow),
                this::changed));
    more(spec, meaning + " " + NOW);
    CtlCommand.positional(spec, 1, "ACTION", ACTION);
    CtlCommand.positional(spec, 2, "FILTER", FILTER);
    if (allow) {
      flag(spec, "--yes", "For the first rule of all: deny from now on what no rule allows.");
      Dunlin.examples(
          spec,
          "dunlin ctl allow ann publish 'plant/#'",
          "dunlin ctl allow role:sensor publish 'sensors/%%u/#'",
          "dunlin ctl allow :everyone subscribe '$SYS/broker/uptime'");
    } else {
      Dunlin.examples(
          spec,
          "dunlin ctl deny ann receive 'secret/#'",
          "dunlin ctl deny role:sensor subscribe,receive 'commands/#'");
    }
    return spec;
  }

  private static ObjectNode rule(ParseResult o, boolean allow) {
    return about(o, "rule-add")
        .put("allow", allow)
        .put("yes", allow && o.hasMatchedOption("--yes"));
  }

  private static ObjectNode about(ParseResult o, String what) {
    return CtlClient.request(what)
        .put("who", text(o, 0))
        .put("action", text(o, 1))
        .put("filter", text(o, 2));
  }

  private CommandSpec revoke() {
    CommandSpec spec =
        who(
            ctl.asking(
                "revoke",
                "Take a rule back, allowed or denied.",
                o -> about(o, "rule-revoke"),
                this::changed));
    more(
        spec,
        "What WHO's own rules say about the action on exactly this filter is gone then. " + NOW);
    CtlCommand.positional(spec, 1, "ACTION", ACTION);
    CtlCommand.positional(spec, 2, "FILTER", FILTER);
    Dunlin.examples(spec, "dunlin ctl revoke ann publish 'plant/#'");
    return spec;
  }

  private CommandSpec role() {
    CommandSpec spec =
        ctl.asking(
            "role", "Give a user these roles and no others.", CtlAccess::rolesOf, this::changed);
    more(spec, NOW);
    CtlCommand.positional(spec, 0, "USER", "The user's name.");
    spec.addPositional(
        PositionalParamSpec.builder()
            .index("1..*")
            .arity("0..*")
            .type(List.class)
            .auxiliaryTypes(String.class)
            .paramLabel("ROLE")
            .description("Roles; the rules of all of them count.")
            .build());
    flag(spec, "--none", "Take all roles away.");
    Dunlin.examples(spec, "dunlin ctl role press-7 sensor reader", "dunlin ctl role ann --none");
    return spec;
  }

  private static ObjectNode rolesOf(ParseResult o) {
    List<String> roles = o.matchedPositionalValue(1, List.of());
    if (roles.isEmpty() != o.hasMatchedOption("--none")) {
      throw new ParameterException(
          o.commandSpec().commandLine(), "which roles? name some, or say --none");
    }
    ObjectNode request = CtlClient.request("roles-set").put("user", text(o, 0));
    roles.forEach(request.putArray("roles")::add);
    return request;
  }

  private void changed(JsonNode answer, CtlPrinter printer) {
    if (answer.has("created")) {
      printer.line(
          "made " + answer.path("created").asText() + "; what no rule allows is denied now");
    } else {
      printer.line(answer.path("changed").asBoolean() ? "changed" : "it was so already");
    }
    if (answer.path("newRole").asBoolean()) {
      note("the role is new: nobody has it yet; 'dunlin ctl role USER ROLE' gives it");
    }
    if (answer.path("unknownUser").asBoolean()) {
      note("there is no such user in the password file");
    }
    for (JsonNode denial : answer.path("deniedBy")) {
      note("it stays denied by " + denial.asText());
    }
    if (answer.has("commentsKeptIn")) {
      note(
          "comments between the rules are gone; the file as it was is "
              + answer.path("commentsKeptIn").asText());
    }
  }

  private void note(String text) {
    around.err().println("note: " + text);
    around.err().flush();
  }

  // -- options --------------------------------------------------------------------------------

  private static CommandSpec who(CommandSpec spec) {
    return CtlCommand.positional(spec, 0, "WHO", WHO);
  }

  /// Adds a paragraph to the description that the list of commands does not show.
  private static void more(CommandSpec spec, String paragraph) {
    spec.usageMessage().description(spec.usageMessage().description()[0], paragraph);
  }

  private static void flag(CommandSpec spec, String name, String description) {
    spec.addOption(OptionSpec.builder(name).description(description).build());
  }

  private static String text(ParseResult options, int index) {
    return options.matchedPositionalValue(index, "");
  }
}
