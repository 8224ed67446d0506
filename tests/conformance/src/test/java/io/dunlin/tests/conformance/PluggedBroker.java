package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.dunlin.base.Slice;
import io.dunlin.broker.Broker;
import io.dunlin.broker.Inspection;
import io.dunlin.broker.config.BrokerConfig;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.AuthenticationMethod;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.broker.spi.Plugins;
import io.dunlin.mqtt.ReasonCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Dunlin in this JVM, with plug-ins that decide who may connect.
///
/// Without a method: a user name is its own owner, but for those in [#REFUSED].
final class PluggedBroker implements BrokerUnderTest, AutoCloseable {
  /// User names that are refused, and why.
  static final Map<String, ReasonCode> REFUSED =
      Map.of(
          "mallory", ReasonCode.BAD_USER_NAME_OR_PASSWORD,
          "trent", ReasonCode.NOT_AUTHORIZED,
          "victor", ReasonCode.BANNED,
          "peggy", ReasonCode.UNSPECIFIED_ERROR);

  /// The user name at which the plug-in fails.
  static final String BREAKS = "chaos";

  private final Broker broker;

  /// @param settings besides address, directory and two shards
  PluggedBroker(Path data, Map<String, String> settings) throws IOException {
    Map<String, String> all = new HashMap<>(settings);
    all.put("listeners.0.port", "0");
    all.put("listeners.0.bind", "127.0.0.1");
    all.put("data.directory", data.toString());
    all.put("shards", "2");
    BrokerConfig config = BrokerConfig.of(all);
    Plugins plugins = new Plugins(PluggedBroker::check, List.of(new Riddle()), Access.OPEN);
    broker = Broker.start(config, plugins);
  }

  private static LoginCheck.Verdict check(Login login) {
    String userName = login.userName();
    if (userName == null) {
      return new LoginCheck.Verdict.Accepted("");
    }
    if (userName.equals(BREAKS)) {
      throw new IllegalStateException("as the test wants it");
    }
    ReasonCode refusal = REFUSED.get(userName);
    return refusal == null
        ? new LoginCheck.Verdict.Accepted(userName)
        : new LoginCheck.Verdict.Refused(refusal);
  }

  @Override
  public String host() {
    return address().getAddress().getHostAddress();
  }

  @Override
  public int port() {
    return address().getPort();
  }

  /// The port of one of its listeners.
  int port(String listener) {
    return broker.listeners().stream()
        .filter(open -> open.name().equals(listener))
        .map(open -> ((InetSocketAddress) open.address()).getPort())
        .findFirst()
        .orElseThrow();
  }

  Inspection inspection() {
    return broker.inspection();
  }

  private InetSocketAddress address() {
    return broker.addresses().getFirst();
  }

  @Override
  public boolean explains() {
    return true;
  }

  @Override
  public void close() {
    broker.close();
  }

  /// Asks [#QUESTION] as often as it gets nothing; [#ANSWER] with a name behind it makes the client
  /// that owner, and is answered by the name; everything else is refused.
  static final class Riddle implements AuthenticationMethod {
    static final String NAME = "RIDDLE";
    static final String QUESTION = "What walks on four legs, then on two, then on three?";
    static final String ANSWER = "man ";

    @Override
    public String name() {
      return NAME;
    }

    @Override
    public Exchange begin(Login login) {
      return Riddle::next;
    }

    private static Step next(@Nullable Slice data) {
      String answer = data == null ? "" : data.utf8();
      if (answer.isEmpty()) {
        return new Step.Continue(Slice.wrap(QUESTION.getBytes(UTF_8)));
      }
      if (!answer.startsWith(ANSWER)) {
        return new Step.Failure(ReasonCode.NOT_AUTHORIZED);
      }
      String owner = answer.substring(ANSWER.length());
      return new Step.Success(owner, Slice.utf8(owner));
    }
  }
}
