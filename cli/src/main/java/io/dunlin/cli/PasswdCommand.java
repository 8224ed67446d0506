package io.dunlin.cli;

import io.dunlin.broker.auth.PasswordFile;
import io.dunlin.broker.auth.PasswordHash;
import io.dunlin.broker.auth.PasswordHash.Cost;
import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// `dunlin passwd`: sets the password of a user in a password file, or deletes the user.
final class PasswdCommand implements Action {
  private final Surroundings around;
  private final SecretInput input;

  private PasswdCommand(Surroundings around, SecretInput input) {
    this.around = around;
    this.input = input;
  }

  static CommandSpec spec(Surroundings around) {
    return spec(around, SecretInput.of(around));
  }

  static CommandSpec spec(Surroundings around, SecretInput input) {
    CommandSpec spec =
        Dunlin.command(
            "passwd",
            new PasswdCommand(around, input),
            "Set the password of a user in the broker's password file, or delete the user.",
            "On a terminal it asks for the password twice; otherwise it reads one line of standard"
                + " input. The file is made if it is not there: readable by its owner only; made by"
                + " root, for the owner and group of its directory. A running broker takes the"
                + " change when it reloads (SIGHUP).");
    spec.addOption(
            OptionSpec.builder("-b", "--batch")
                .description(
                    "Take the password from the command line, where every user of this machine can"
                        + " see it.")
                .build())
        .addOption(OptionSpec.builder("-D", "--delete").description("Delete the user.").build())
        .addOption(
            OptionSpec.builder("--memory-kib")
                .paramLabel("N")
                .type(Integer.class)
                .defaultValue(Integer.toString(Cost.DEFAULT.memoryKib()))
                .description(
                    "Memory that one check of this password takes; default: ${DEFAULT-VALUE}.")
                .build())
        .addOption(
            OptionSpec.builder("--iterations")
                .paramLabel("N")
                .type(Integer.class)
                .defaultValue(Integer.toString(Cost.DEFAULT.iterations()))
                .description("Passes over that memory; default: ${DEFAULT-VALUE}.")
                .build())
        .addPositional(parameter("0", "FILE", Path.class, "1", "The password file."))
        .addPositional(parameter("1", "USER", String.class, "1", "The user's name."))
        .addPositional(
            parameter("2", "PASSWORD", String.class, "0..1", "The password, with -b only."));
    Dunlin.examples(
        spec,
        "dunlin passwd /etc/dunlin/users ann",
        "pass show mqtt/ann | dunlin passwd /etc/dunlin/users ann",
        "dunlin passwd -D /etc/dunlin/users ann",
        "dunlin passwd --memory-kib 64 --iterations 1 users press-7 < long-random-password");
    return spec;
  }

  private static PositionalParamSpec parameter(
      String index, String label, Class<?> type, String arity, String description) {
    return PositionalParamSpec.builder()
        .index(index)
        .paramLabel(label)
        .type(type)
        .arity(arity)
        .required(arity.equals("1"))
        .description(description)
        .build();
  }

  @Override
  public int run(ParseResult options) {
    Path file = options.matchedPositionalValue(0, Path.of(""));
    String user = options.matchedPositionalValue(1, "");
    @Nullable String password = options.matchedPositionalValue(2, null);
    boolean batch = options.hasMatchedOption("-b");
    boolean delete = options.hasMatchedOption("-D");
    if (batch != (password != null) || batch && delete) {
      throw new ParameterException(
          options.commandSpec().commandLine(),
          batch && delete
              ? "-b and -D exclude each other"
              : batch ? "-b needs a PASSWORD" : "a PASSWORD on the command line needs -b");
    }
    try {
      PasswordFile users = Files.exists(file) ? PasswordFile.read(file) : PasswordFile.EMPTY;
      return (delete ? delete(users, file, user) : set(users, file, user, password, options))
          .number();
    } catch (ConfigException e) {
      e.problems().stream().map(Problem::toString).forEach(around::error);
      return ExitCode.CONFIG.number();
    } catch (IOException e) {
      around.error(file + " was not changed: " + e);
      return ExitCode.FAILURE.number();
    } catch (IllegalArgumentException e) {
      around.error(String.valueOf(e.getMessage()));
      return ExitCode.USAGE.number();
    }
  }

  private ExitCode delete(PasswordFile users, Path file, String user) throws IOException {
    if (!users.has(user)) {
      around.error("there is no user '" + user + "' in " + file);
      return ExitCode.FAILURE;
    }
    users.without(user).write(file);
    return ExitCode.OK;
  }

  private ExitCode set(
      PasswordFile users, Path file, String user, @Nullable String password, ParseResult options)
      throws IOException {
    PasswordFile.checkName(user);
    Cost cost =
        new Cost(
            options.matchedOptionValue("--memory-kib", Cost.DEFAULT.memoryKib()),
            options.matchedOptionValue("--iterations", Cost.DEFAULT.iterations()),
            Cost.DEFAULT.lanes());
    byte[] secret =
        password == null ? input.readNew(user, around) : password.getBytes(StandardCharsets.UTF_8);
    if (secret == null) {
      return ExitCode.FAILURE;
    }
    users.with(user, PasswordHash.of(secret, cost, new SecureRandom())).write(file);
    Arrays.fill(secret, (byte) 0);
    return ExitCode.OK;
  }
}
