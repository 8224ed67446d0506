package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.broker.Broker;
import io.dunlin.broker.auth.PasswordFile;
import io.dunlin.broker.auth.PasswordHash;
import io.dunlin.broker.auth.PasswordHash.Cost;
import io.dunlin.broker.config.BrokerConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Dunlin in this JVM, with users and rules that can change while it runs. A user's password is the
/// user's name backwards.
final class GuardedBroker implements BrokerUnderTest, AutoCloseable {
  private static final Cost CHEAP = new Cost(64, 1, 1);

  private final Path directory;
  private final Map<String, String> settings = new HashMap<>();
  private List<String> known = List.of();
  private Broker broker;

  /// @param rules of the ACL, in YAML
  /// @param more settings besides address, directory, two shards, users and rules
  GuardedBroker(Path directory, String rules, Map<String, String> more, String... users)
      throws IOException {
    this.directory = directory;
    settings.put("listeners.0.port", "0");
    settings.put("listeners.0.bind", "127.0.0.1");
    settings.put("data.directory", directory.resolve("data").toString());
    settings.put("shards", "2");
    settings.put("users.password-file", directory.resolve("users").toString());
    settings.put("acl.file", directory.resolve("acl.yaml").toString());
    settings.putAll(more);
    users(users);
    rules(rules);
    broker = Broker.start(BrokerConfig.of(settings));
  }

  static String password(String user) {
    return new StringBuilder(user).reverse().toString();
  }

  /// Writes the password file; those who stay keep their hashes. [#reload] makes it count.
  void users(String... users) throws IOException {
    Path path = directory.resolve("users");
    PasswordFile file = Files.exists(path) ? PasswordFile.read(path) : PasswordFile.EMPTY;
    for (String user : known) {
      if (!List.of(users).contains(user)) {
        file = file.without(user);
      }
    }
    for (String user : users) {
      if (!file.has(user)) {
        file = file.with(user, hash(password(user)));
      }
    }
    known = List.of(users);
    file.write(path);
  }

  /// Gives a user another password.
  void password(String user, String password) throws IOException {
    Path path = directory.resolve("users");
    PasswordFile.read(path).with(user, hash(password)).write(path);
  }

  private static PasswordHash hash(String password) {
    return PasswordHash.of(password.getBytes(UTF_8), CHEAP, new SecureRandom());
  }

  /// Writes the rules; [#reload] makes them count.
  void rules(String rules) throws IOException {
    Files.writeString(directory.resolve("acl.yaml"), rules);
  }

  void set(String key, String value) {
    settings.put(key, value);
  }

  Broker.Reloaded reload() throws IOException {
    return broker.reload(BrokerConfig.of(settings));
  }

  /// Ends it in order and starts it again on its data.
  void restart() throws IOException {
    broker.close();
    broker = Broker.start(BrokerConfig.of(settings));
  }

  @Override
  public String host() {
    return address().getAddress().getHostAddress();
  }

  @Override
  public int port() {
    return address().getPort();
  }

  private InetSocketAddress address() {
    return broker.addresses().getFirst();
  }

  Broker broker() {
    return broker;
  }

  @Override
  public boolean explains() {
    return true;
  }

  @Override
  public void close() {
    broker.close();
  }
}
