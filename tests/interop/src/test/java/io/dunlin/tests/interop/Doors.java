package io.dunlin.tests.interop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// A broker that listens in every way, with a certificate for localhost that vouches for itself and
/// for that of the clients, who are the user `press-7` by it.
///
/// Below `certified/` only that user may do anything, below `routes/` everybody.
final class Doors {
  private static final String PASSWORD = String.valueOf(Route.PASSWORD);
  private static final String CONFIGURATION =
      """
      listeners:
        - {name: tcp, port: 0}
        - {name: tls, type: tls, port: 0, tls: TLS}
        - {name: ws, type: ws, port: 0}
        - {name: wss, type: wss, port: 0, tls: TLS}
        - {name: unix, type: unix, unix: {path: DIRECTORY/socket}}
        - name: mutual-tls
          type: tls
          port: 0
          tls:
            certificate: DIRECTORY/server.pem
            key: DIRECTORY/server.key
            ca: DIRECTORY/server.pem
            client-certificates: required
          certificate-user: common-name
      acl:
        users:
          press-7:
            rules:
              - {allow: all, topics: certified/#}
        everyone:
          - {allow: all, topics: [routes/#, sign/#]}
      """;

  private final Path directory;
  private final BrokerProcess broker;

  private Doors() {
    try {
      directory = Files.createTempDirectory("dunlin-doors");
      makeCertificates();
      Path file = directory.resolve("dunlin.yaml");
      Files.writeString(
          file,
          CONFIGURATION
              .replace("TLS", "{certificate: DIRECTORY/server.pem, key: DIRECTORY/server.key}")
              .replace("DIRECTORY", directory.toString()));
      broker = BrokerProcess.start("--config", file.toString());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("no broker to connect to", e);
    }
  }

  /// The one of this run.
  static Doors open() {
    return OfThisRun.DOORS;
  }

  private static final class OfThisRun {
    static final Doors DOORS = new Doors();
  }

  Route route(Route.Kind kind) {
    return new Route(kind, directory);
  }

  /// The port of a listener of this kind; a Unix socket has none.
  int port(Route.Kind kind) {
    return switch (kind) {
      case TCP -> broker.port();
      case TLS -> port("tls", 0);
      case MUTUAL_TLS -> port("tls", 1);
      case WS -> port("ws", 0);
      case WSS -> port("wss", 0);
      case UNIX -> 0;
    };
  }

  private int port(String scheme, int number) {
    List<MatchResult> found =
        Pattern.compile("[ ]" + scheme + "://127\\.0\\.0\\.1:(\\d+)")
            .matcher(broker.output())
            .results()
            .toList();
    if (found.size() <= number) {
      throw new IllegalStateException("no " + scheme + " in " + broker.output());
    }
    return Integer.parseInt(found.get(number).group(1));
  }

  private void makeCertificates() throws IOException, GeneralSecurityException {
    makeCertificate("server", "localhost", "-ext", "bc=ca:true");
    Files.copy(file("server.p12"), file("client.p12"));
    makeCertificate("client", "press-7", "-signer", "server");
    KeyStore clients = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file("client.p12"))) {
      clients.load(in, Route.PASSWORD);
    }
    write(clients, "server");
    write(clients, "client");
    clients.deleteEntry("server");
    try (var out = Files.newOutputStream(file("client.p12"))) {
      clients.store(out, Route.PASSWORD);
    }
  }

  private void makeCertificate(String alias, String commonName, String... more) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-genkeypair", "-alias", alias, "-keyalg", "EC"));
    command.addAll(List.of("-groupname", "secp256r1", "-dname", "CN=" + commonName));
    command.addAll(List.of("-ext", "san=dns:localhost,ip:127.0.0.1", "-validity", "2"));
    command.addAll(List.of("-storetype", "PKCS12", "-keystore", file(alias + ".p12").toString()));
    command.addAll(List.of("-storepass", PASSWORD));
    command.addAll(List.of(more));
    Program.run(directory, command, List.of());
  }

  /// Writes certificate and key as PEM.
  private void write(KeyStore store, String alias) throws IOException, GeneralSecurityException {
    write(alias + ".pem", "CERTIFICATE", store.getCertificate(alias).getEncoded());
    write(alias + ".key", "PRIVATE KEY", store.getKey(alias, Route.PASSWORD).getEncoded());
  }

  private void write(String name, String what, byte[] encoded) throws IOException {
    String body = Base64.getMimeEncoder().encodeToString(encoded);
    Files.writeString(
        file(name), "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
  }

  private Path file(String name) {
    return directory.resolve(name);
  }
}
