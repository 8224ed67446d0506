package io.dunlin.broker.auth;

import io.dunlin.broker.config.AclReader;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Problem;
import io.dunlin.broker.spi.Access;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The users and rules that a configuration names, as their files have them now. Immutable.
///
/// @param users null when there is no password file
public record Policy(@Nullable PasswordFile users, AclRules rules) {
  private static final Logger LOG = LoggerFactory.getLogger(Policy.class);

  /// Reads the files.
  ///
  /// @throws ConfigException with all that is wrong, each with its line
  public static Policy read(BrokerConfig config) throws ConfigException {
    List<Problem> problems = new ArrayList<>();
    PasswordFile users = null;
    AclRules rules = config.acl().rules();
    if (config.users().hasPasswordFile()) {
      try {
        users = PasswordFile.read(config.users().passwordFile());
        warnIfOpen(config.users().passwordFile());
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (config.acl().hasFile()) {
      try {
        rules = AclReader.read(config.acl().file());
      } catch (ConfigException e) {
        problems.addAll(e.problems());
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new Policy(users, rules);
  }

  private static void warnIfOpen(Path file) {
    try {
      if (PasswordFile.isOpenToOthers(file)) {
        LOG.warn("users.readable file={} everybody on this machine can read it: chmod o-r", file);
      }
    } catch (IOException e) {
      LOG.warn("users.unknown-permissions file={} error={}", file, e.toString());
    }
  }

  /// What the rules allow; everything when there are none.
  public Access access() {
    return rules.isEmpty() ? Access.OPEN : new AclAccess(rules);
  }
}
