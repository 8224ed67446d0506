package io.dunlin.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.broker.AccessControl;
import io.dunlin.broker.Broker;
import io.dunlin.broker.auth.Denials;
import io.dunlin.broker.auth.PasswordHash.Cost;
import io.dunlin.broker.config.AclEdit;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.AclRules.Action;
import io.dunlin.broker.config.AclRules.Rule;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.RuleHolder;
import io.dunlin.broker.config.RuleHolder.Kind;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The part of `dunlin ctl` that shows and changes users and rights. Thread-safe; blocks as long as
/// a reload does. Passwords and hashes appear in no answer and no log.
final class AccessCommands {
  private static final Logger LOG = LoggerFactory.getLogger(AccessCommands.class);
  private static final int MAX_PASSWORD_BYTES = 65_535; // what a CONNECT can carry

  private final Broker broker;
  private final AccessControl access;
  private final ControlHooks hooks;

  AccessCommands(Broker broker, ControlHooks hooks) {
    this.broker = broker;
    this.access = broker.accessControl();
    this.hooks = hooks;
  }

  /// What changes files, and what may go wrong then.
  private interface Change {
    ObjectNode make() throws IOException, Refusal;
  }

  // -- users ----------------------------------------------------------------------------------

  JsonNode users(Set<String> connected) throws Refusal {
    needUsers();
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("users");
    for (String name : access.users()) {
      list.addObject().put("user", name).put("connected", connected.contains(name));
    }
    return answer;
  }

  JsonNode setPassword(JsonNode request) throws Refusal {
    needUsers();
    String user = Commands.text(request, "user");
    byte[] password = password(request);
    try {
      Cost cost =
          new Cost(
              request.path("memoryKib").asInt(Cost.DEFAULT.memoryKib()),
              request.path("iterations").asInt(Cost.DEFAULT.iterations()),
              Cost.DEFAULT.lanes());
      return changing(() -> {
        boolean added = access.setPassword(user, password, cost);
        LOG.info("control.user-set user={} new={}", user, added);
        return Json.object().put("user", user).put("new", added);
      });
    } catch (IllegalArgumentException e) {
      throw badRequest(e);
    } finally {
      Arrays.fill(password, (byte) 0);
    }
  }

  private static byte[] password(JsonNode request) throws Refusal {
    byte[] password;
    try {
      password = Base64.getDecoder().decode(Commands.text(request, "password"));
    } catch (IllegalArgumentException e) { // its message may show a character of it
      throw new Refusal("bad-request", "'password' is not base64");
    }
    if (password.length == 0 || password.length > MAX_PASSWORD_BYTES) {
      throw new Refusal("bad-request", "a password has 1 to " + MAX_PASSWORD_BYTES + " bytes");
    }
    return password;
  }

  JsonNode removeUser(String user) throws Refusal {
    needUsers();
    return changing(() -> {
      if (!access.removeUser(user)) {
        throw new Refusal("not-found", "there is no user '" + user + "'");
      }
      LOG.info("control.user-removed user={}", user);
      return Json.object().put("user", user).put("hasRules", hasRules(user));
    });
  }

  private boolean hasRules(String user) {
    return access.rules().users().containsKey(user);
  }

  private void needUsers() throws Refusal {
    if (!access.hasUsers()) {
      throw new Refusal(
          "unsupported",
          "this broker has no password file: make one with 'dunlin passwd FILE NAME', set"
              + " users.password-file to it in the broker's configuration, then 'dunlin ctl"
              + " reload'");
    }
  }

  // -- rights ---------------------------------------------------------------------------------

  /// The rules in force, all, or those that count for one.
  JsonNode rights(@Nullable String who) throws Refusal {
    AclRules rules = access.rules();
    ObjectNode answer =
        Json.object().put("source", access.source().name().toLowerCase(Locale.ROOT));
    if (access.source() == AccessControl.Source.FILE) {
      answer.put("file", broker.config().acl().file().toString());
    }
    ArrayNode list = answer.putArray("rules");
    ArrayNode users = answer.putArray("users");
    RuleHolder only = who == null ? null : holder(who);
    for (RuleHolder holder : only == null ? allIn(rules) : thatCountFor(only, rules)) {
      holder.rulesIn(rules).forEach(rule -> list.add(json(holder, rule)));
    }
    rules
        .users()
        .forEach((name, user) -> {
          boolean wanted = only == null || only.equals(new RuleHolder(Kind.USER, name));
          if (wanted && !(user.roles().isEmpty() && user.clientIds().isEmpty())) {
            ObjectNode node = users.addObject().put("user", name);
            user.roles().forEach(node.putArray("roles")::add);
            user.clientIds().forEach(node.putArray("clientIds")::add);
          }
        });
    return answer;
  }

  private static List<RuleHolder> allIn(AclRules rules) {
    List<RuleHolder> all = new ArrayList<>();
    rules.users().keySet().stream()
        .filter(name -> !name.isEmpty())
        .forEach(name -> all.add(new RuleHolder(Kind.USER, name)));
    rules.roles().keySet().stream()
        .filter(name -> !name.isEmpty())
        .forEach(name -> all.add(new RuleHolder(Kind.ROLE, name)));
    all.add(new RuleHolder(Kind.ANONYMOUS, ""));
    all.add(new RuleHolder(Kind.EVERYONE, ""));
    return all;
  }

  private static List<RuleHolder> thatCountFor(RuleHolder who, AclRules rules) {
    List<RuleHolder> all = new ArrayList<>(List.of(who));
    AclRules.User user = who.kind() == Kind.USER ? rules.users().get(who.name()) : null;
    if (user != null) {
      user.roles().forEach(role -> all.add(new RuleHolder(Kind.ROLE, role)));
    }
    if (who.kind() != Kind.EVERYONE) {
      all.add(new RuleHolder(Kind.EVERYONE, ""));
    }
    return all;
  }

  private static ObjectNode json(RuleHolder holder, Rule rule) {
    ObjectNode node = Json.object().put("who", holder.toString()).put("allow", rule.allow());
    Action.words(rule.actions()).forEach(node.putArray("actions")::add);
    rule.topics().forEach(node.putArray("topics")::add);
    return node;
  }

  JsonNode addRule(JsonNode request) throws Refusal {
    RuleHolder holder = holder(Commands.text(request, "who"));
    boolean allow = request.path("allow").asBoolean();
    Rule rule;
    try {
      rule = new Rule(allow, actions(request), List.of(Commands.text(request, "filter")));
    } catch (IllegalArgumentException e) {
      throw badRequest(e);
    }
    UnaryOperator<AclRules> change = rules -> AclEdit.add(rules, holder, rule);
    return changing(() -> {
      boolean first = access.source() == AccessControl.Source.NONE && allow;
      boolean newRole = isNewRole(holder);
      ObjectNode answer =
          first
              ? firstRule(change.apply(AclRules.NONE), request.path("yes").asBoolean())
              : changed(change);
      LOG.info("control.rule-added who={} rule={}", holder, rule);
      if (allow) {
        AclRules now = access.rules();
        List<String> denials = Denials.against(now, thatCountFor(holder, now), rule);
        denials.forEach(answer.putArray("deniedBy")::add);
      }
      return answer.put("newRole", newRole).put("unknownUser", isUnknown(holder));
    });
  }

  /// Perhaps a slip; users of certificates need not be in the password file.
  private boolean isUnknown(RuleHolder holder) {
    return holder.kind() == Kind.USER
        && access.hasUsers()
        && !access.users().contains(holder.name());
  }

  private boolean isNewRole(RuleHolder holder) {
    return holder.kind() == Kind.ROLE && !access.rules().roles().containsKey(holder.name());
  }

  JsonNode revokeRule(JsonNode request) throws Refusal {
    RuleHolder holder = holder(Commands.text(request, "who"));
    Set<Action> actions = actions(request);
    String filter = Commands.text(request, "filter");
    return changing(() -> {
      ObjectNode answer = changed(rules -> AclEdit.revoke(rules, holder, actions, filter));
      if (!answer.path("changed").asBoolean()) {
        throw new Refusal(
            "not-found",
            holder
                + " has no rule of its own about "
                + String.join(", ", Action.words(actions))
                + " on exactly '"
                + filter
                + "'; 'dunlin ctl rights "
                + holder
                + "' shows what counts for it");
      }
      LOG.info("control.rule-revoked who={} actions={} filter={}", holder, actions, filter);
      return answer;
    });
  }

  JsonNode setRoles(JsonNode request) throws Refusal {
    RuleHolder holder = holder(Commands.text(request, "user"));
    if (holder.kind() != Kind.USER) {
      throw new Refusal("bad-request", "only a user has roles, not " + holder);
    }
    List<String> roles = new ArrayList<>();
    request.path("roles").forEach(role -> roles.add(role.asText()));
    return changing(() -> {
      ObjectNode answer = changed(rules -> AclEdit.roles(rules, holder.name(), roles));
      LOG.info("control.roles-set user={} roles={}", holder, roles);
      return answer.put("unknownUser", isUnknown(holder));
    });
  }

  private ObjectNode changed(UnaryOperator<AclRules> change) throws IOException, Refusal {
    return switch (access.source()) {
      case FILE -> {
        AccessControl.Change done = access.changeRules(change);
        ObjectNode answer = Json.object().put("changed", done.changed());
        Path kept = done.commentsKeptIn();
        yield kept == null ? answer : answer.put("commentsKeptIn", kept.toString());
      }
      case CONFIGURATION ->
          throw new Refusal(
              "unsupported",
              "the rules stand in the broker's configuration itself, which only you change: move"
                  + " what is below 'acl:' to a file of its own, set acl.file to that, then 'dunlin"
                  + " ctl reload'");
      case PLUG_IN ->
          throw new Refusal(
              "unsupported", "a plug-in of the program around this broker says who may do what");
      case NONE ->
          throw new Refusal(
              "not-found",
              "there are no rules: everything is allowed; begin with 'dunlin ctl allow'");
    };
  }

  /// Makes the file that the configuration names by now.
  private ObjectNode firstRule(AclRules rules, boolean yes) throws IOException, Refusal {
    Path file = configuredFile();
    if (!yes) {
      throw new Refusal(
          "needs-yes",
          "this is the first rule, and with rules everything is denied that none allows: clients"
              + " that work now may stop working. If that is meant, say it again with --yes");
    }
    access.createRules(
        file,
        rules,
        () -> {
          Broker.Reloaded _ = hooks.reload();
        });
    return Json.object().put("changed", true).put("created", file.toString());
  }

  private Path configuredFile() throws IOException, Refusal {
    BrokerConfig next;
    try {
      next = hooks.configuration();
    } catch (UnsupportedOperationException e) {
      next = broker.config();
    }
    if (next.acl().hasFile()) {
      return next.acl().file();
    }
    throw new Refusal(
        "unsupported",
        "this broker has no rules: everything is allowed. To have some, set acl.file in its"
            + " configuration to a file that it may write, new or with rules, then say this again");
  }

  // -- pieces ---------------------------------------------------------------------------------

  private static ObjectNode changing(Change change) throws Refusal {
    try {
      return change.make();
    } catch (FileAlreadyExistsException e) {
      throw new Refusal(
          "invalid", "there are rules in " + e.getFile() + ": 'dunlin ctl reload' takes them");
    } catch (FileSystemException e) {
      throw new Refusal(
          "failed",
          "nothing has changed: "
              + e
              + "; the broker itself writes this file, and one beside it first: may its user? As a"
              + " service it may write in its data directory only");
    } catch (IOException e) {
      throw new Refusal("invalid", "nothing has changed: " + e.getMessage());
    } catch (IllegalArgumentException e) { // InvalidConfig, too
      throw badRequest(e);
    } catch (UnsupportedOperationException e) {
      throw new Refusal("unsupported", String.valueOf(e.getMessage()));
    }
  }

  private static RuleHolder holder(String text) throws Refusal {
    try {
      return RuleHolder.of(text);
    } catch (IllegalArgumentException e) {
      throw badRequest(e);
    }
  }

  /// One action, or several with commas.
  private static Set<Action> actions(JsonNode request) throws Refusal {
    Set<Action> actions = EnumSet.noneOf(Action.class);
    try {
      for (String word : Commands.text(request, "action").split(",", -1)) {
        actions.addAll(Action.named(word.strip()));
      }
      return actions;
    } catch (IllegalArgumentException e) {
      throw badRequest(e);
    }
  }

  private static Refusal badRequest(IllegalArgumentException e) {
    return new Refusal("bad-request", "nothing has changed: " + e.getMessage());
  }
}
