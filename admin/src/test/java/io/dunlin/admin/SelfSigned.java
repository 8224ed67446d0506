package io.dunlin.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Files for a listener with TLS, made by the JDK's keytool: a certificate that vouches for itself,
/// its key, and a revocation list.
final class SelfSigned {
  private static final String PASSWORD = "only-for-this-test";

  private final Path directory;

  SelfSigned(Path directory) throws IOException, InterruptedException, GeneralSecurityException {
    this.directory = directory;
    keytool(
        List.of("-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1"),
        List.of("-dname", "CN=localhost", "-ext", "bc=ca:true", "-validity", "2"));
    keytool(List.of("-gencrl", "-id", "7", "-rfc"), List.of("-file", file("crl.pem").toString()));
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file("keys.p12"))) {
      keys.load(in, PASSWORD.toCharArray());
    }
    write("cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    write("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded());
  }

  /// The settings of the second listener, which asks clients for certificates.
  Map<String, String> secondListener() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("listeners.1.name", "tls");
    settings.put("listeners.1.type", "tls");
    settings.put("listeners.1.bind", "127.0.0.1");
    settings.put("listeners.1.port", "0");
    settings.put("listeners.1.tls.certificate", file("cert.pem").toString());
    settings.put("listeners.1.tls.key", file("key.pem").toString());
    settings.put("listeners.1.tls.client-certificates", "required");
    settings.put("listeners.1.tls.ca", file("cert.pem").toString());
    settings.put("listeners.1.tls.crl", file("crl.pem").toString());
    return settings;
  }

  private void keytool(List<String> what, List<String> more)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(what);
    command.addAll(List.of("-alias", "server", "-storetype", "PKCS12"));
    command.addAll(List.of("-keystore", file("keys.p12").toString(), "-storepass", PASSWORD));
    command.addAll(more);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("keytool: " + said);
    }
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
