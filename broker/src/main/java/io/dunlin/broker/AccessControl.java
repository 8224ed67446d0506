package io.dunlin.broker;

import io.dunlin.broker.auth.PasswordFile;
import io.dunlin.broker.auth.PasswordHash;
import io.dunlin.broker.auth.RuleFile;
import io.dunlin.broker.config.AclConfig;
import io.dunlin.broker.config.AclRules;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Changes who may log in and who may do what, while the broker runs: in the files that its
/// configuration names, then in the broker, as a reload does. If the broker cannot go on with the
/// change, the files are as before. Thread-safe: one change at a time, which bounds what hashing
/// costs. Blocks.
///
/// ```java
/// broker.accessControl().setPassword("ann", password, PasswordHash.Cost.DEFAULT);
/// ```
public final class AccessControl {
  /// Where the rules come from.
  public enum Source {
    /// There are none: everything is allowed.
    NONE,
    /// The configuration itself, under `acl`.
    CONFIGURATION,
    /// The file at `acl.file`.
    FILE,
    /// An [io.dunlin.broker.spi.Access] of the embedding program.
    PLUG_IN
  }

  private final Broker broker;
  private final SecureRandom random = new SecureRandom();

  AccessControl(Broker broker) {
    this.broker = broker;
  }

  // -- users ----------------------------------------------------------------------------------

  /// Whether there is a password file; without one there are no users to change.
  public boolean hasUsers() {
    return broker.config().users().hasPasswordFile();
  }

  /// The names in the password file as it is in force, in order.
  public List<String> users() {
    PasswordFile users = broker.policy().users();
    return users == null ? List.of() : users.names();
  }

  /// Sets a user's password; a new user is added. Whoever is connected by an older password of it
  /// is disconnected.
  ///
  /// @return whether the user is new
  /// @throws IllegalArgumentException if the name cannot be one
  /// @throws IllegalStateException without a password file
  /// @throws IOException if a file cannot be read or written, or the broker cannot go on with it
  public synchronized boolean setPassword(String user, byte[] password, PasswordHash.Cost cost)
      throws IOException {
    PasswordFile.checkName(user);
    Path file = passwordFile();
    PasswordFile before = PasswordFile.read(file);
    put(file, before, before.with(user, PasswordHash.of(password, cost, random)));
    return !before.has(user);
  }

  /// Removes a user from the password file; its clients are disconnected.
  ///
  /// @return false if there is none of that name
  /// @throws IllegalStateException without a password file
  /// @throws IOException as above
  public synchronized boolean removeUser(String user) throws IOException {
    Path file = passwordFile();
    PasswordFile before = PasswordFile.read(file);
    if (!before.has(user)) {
      return false;
    }
    put(file, before, before.without(user));
    return true;
  }

  private Path passwordFile() {
    if (!hasUsers()) {
      throw new IllegalStateException("no users.password-file is configured");
    }
    return broker.config().users().passwordFile();
  }

  private void put(Path file, PasswordFile before, PasswordFile after) throws IOException {
    after.write(file);
    try {
      broker.reread();
    } catch (IOException | RuntimeException e) {
      before.write(file);
      throw e;
    }
  }

  // -- rules ----------------------------------------------------------------------------------

  /// Where the rules come from that are in force.
  public Source source() {
    AclConfig acl = broker.config().acl();
    if (acl.hasFile()) {
      return Source.FILE;
    }
    if (!acl.rules().isEmpty()) {
      return Source.CONFIGURATION;
    }
    return broker.hasAccessPlugin() ? Source.PLUG_IN : Source.NONE;
  }

  /// The rules that are in force; none with a plug-in.
  public AclRules rules() {
    return broker.policy().rules();
  }

  /// What a change of the file of rules has done.
  ///
  /// @param changed false if there was nothing to do
  /// @param commentsKeptIn where the text of before is, if comments of it are not in the file now
  public record Change(boolean changed, @Nullable Path commentsKeptIn) {}

  /// Changes the file of rules. Formatting and comments behind its head are not kept.
  ///
  /// @param change returns the same object when there is nothing to do
  /// @throws IllegalStateException if the rules are in no file
  /// @throws io.dunlin.broker.config.ConfigException if the file is wrong, or would be: then with
  ///   the words of a start
  /// @throws IOException if it cannot be read or written, or the broker cannot go on with it
  public synchronized Change changeRules(UnaryOperator<AclRules> change) throws IOException {
    if (source() != Source.FILE) {
      throw new IllegalStateException("no acl.file is configured");
    }
    RuleFile file = RuleFile.read(broker.config().acl().file());
    AclRules before = file.rules();
    AclRules after = change.apply(before);
    if (after.equals(before)) {
      return new Change(false, null);
    }
    Path kept = file.write(after);
    try {
      broker.reread();
    } catch (IOException | RuntimeException e) {
      file.restore();
      throw e;
    }
    return new Change(true, kept);
  }

  /// Takes a configuration into force.
  public interface Reload {
    /// Does it.
    ///
    /// @throws IOException if it cannot be; nothing has changed then
    void run() throws IOException;
  }

  /// Makes the first file of rules.
  ///
  /// @param reload takes a configuration into force that names the file
  /// @throws java.nio.file.FileAlreadyExistsException if there is a file
  /// @throws IOException if it cannot be written, or the reload fails; then there is no file
  public synchronized void createRules(Path path, AclRules rules, Reload reload)
      throws IOException {
    RuleFile file = RuleFile.read(path);
    if (file.before() != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
    Path _ = file.write(rules);
    try {
      reload.run();
    } catch (IOException | RuntimeException e) {
      file.restore();
      throw e;
    }
  }
}
