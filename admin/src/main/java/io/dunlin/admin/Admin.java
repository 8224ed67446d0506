package io.dunlin.admin;

import io.dunlin.broker.Broker;
import io.dunlin.broker.config.AdminConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What surrounds a running broker: the metrics endpoint, if its configuration asks for one, and
/// the socket of `dunlin ctl`. Thread-safe.
///
/// ```java
/// try (Broker broker = Broker.start(config); Admin admin = Admin.start(broker, hooks)) { … }
/// ```
public final class Admin implements AutoCloseable {
  private final @Nullable HttpEndpoint http;
  private final ControlSocket control;

  private Admin(@Nullable HttpEndpoint http, ControlSocket control) {
    this.http = http;
    this.control = control;
  }

  /// Starts both.
  ///
  /// @throws java.net.BindException if the endpoint's address cannot be had
  public static Admin start(Broker broker, ControlHooks hooks) throws IOException {
    AdminConfig config = broker.config().admin();
    HttpEndpoint http = config.enabled() ? HttpEndpoint.open(config, broker) : null;
    return new Admin(http, ControlSocket.open(broker, hooks));
  }

  /// Where the endpoint listens, with the real ports; empty when there is none.
  public List<InetSocketAddress> addresses() {
    return http == null ? List.of() : http.addresses();
  }

  /// Ends both. Before the broker is closed.
  @Override
  public void close() {
    control.close();
    if (http != null) {
      http.close();
    }
  }
}
