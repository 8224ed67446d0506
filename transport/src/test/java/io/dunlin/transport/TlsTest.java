package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dunlin.transport.TlsFileException.Part;
import io.dunlin.transport.TlsSettings.ClientCertificates;
import io.dunlin.transport.TlsSettings.Engine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// TLS over real sockets, on each engine.
@ParameterizedClass
@EnumSource(Engine.class)
@Timeout(60)
final class TlsTest {
  private static final List<String> BOTH = List.of("TLSv1.3", "TLSv1.2");
  private static final TestCa CA = new TestCa("Servers");
  private static final TestCa CLIENTS = new TestCa("Clients");

  @Parameter Engine engine = Engine.AUTO;
  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();
  private TlsSettings settings = TlsSettings.of(Path.of("none"), Path.of("none"));

  @BeforeEach
  void writeFiles() {
    TestCa.Identity server = CA.issue("localhost");
    settings =
        TlsSettings.of(server.certificateFile(directory), server.keyFile(directory))
            .withEngine(engine);
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  @Test
  void bothVersionsAreSpokenAndOlderOnesAreNot() throws Exception {
    var transport = listen(context());

    for (String version : BOTH) {
      SSLSocket client = connect(transport, null, List.of(version));
      assertEchoes(client);
      assertThat(client.getSession().getProtocol()).isEqualTo(version);
      assertThat(client.getSession().getCipherSuite()).contains("GCM").doesNotContain("_RSA_WITH");
    }
    assertThatThrownBy(() -> assertEchoes(connect(transport, null, List.of("TLSv1.1"))))
        .isInstanceOf(IOException.class);
  }

  @Test
  void withMinimumTls13OlderClientsAreRefused() throws Exception {
    var transport =
        listen(TlsContext.load("test", settings.withOldest(TlsSettings.Oldest.TLS_1_3)));

    assertEchoes(connect(transport, null, List.of("TLSv1.3")));
    assertThatThrownBy(() -> assertEchoes(connect(transport, null, List.of("TLSv1.2"))))
        .isInstanceOf(IOException.class);
  }

  @Test
  void whatIsNoTlsEndsTheConnection() throws Exception {
    var transport = listen(context());
    var client = transport.connect();

    client
        .getOutputStream()
        .write(new byte[] {0x10, 12, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 0});

    assertThat(client.getInputStream().readAllBytes().length).as("an alert").isLessThan(10);
    assertThat(transport.counters().openingsFailed()).isEqualTo(1);
  }

  @Test
  void renegotiationIsRefused() throws Exception {
    var transport = listen(context());
    SSLSocket client = connect(transport, null, List.of("TLSv1.2"));
    assertEchoes(client);

    assertThatThrownBy(
            () -> {
              client.startHandshake();
              assertEchoes(client);
            })
        .isInstanceOf(IOException.class);
  }

  // --- certificates of clients

  @Test
  void theCertificateOfAClientIsTold() throws Exception {
    TestCa.Identity alice = CLIENTS.issue("alice");
    var transport = listen(clients(ClientCertificates.REQUIRED, null));

    assertEchoes(connect(transport, alice, BOTH));

    assertThat(transport.accepted().peerCertificates())
        .startsWith(alice.certificate())
        .allSatisfy(each -> assertThat(each).isInstanceOf(X509Certificate.class));
  }

  @Test
  void withoutARequiredCertificateOrWithAForeignOneNobodyComesIn() throws Exception {
    var transport = listen(clients(ClientCertificates.REQUIRED, null));

    for (TestCa.Identity each : new TestCa.Identity[] {null, new TestCa("Others").issue("alice")}) {
      assertThatThrownBy(() -> assertEchoes(connect(transport, each, BOTH)))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void anOptionalCertificateMayBeMissingButNotForeign() throws Exception {
    var transport = listen(clients(ClientCertificates.OPTIONAL, null));

    assertEchoes(connect(transport, null, BOTH));
    assertThat(transport.accepted().peerCertificates()).isEmpty();
    var foreign = new TestCa("Clients").issue("alice"); // of the name, but with another key
    assertThatThrownBy(
            () -> {
              SSLSocket client = connect(transport, foreign, List.of("TLSv1.2"));
              client.startHandshake();
              assertEchoes(client);
              assertThat(transport.accepted().peerCertificates()).as("none was shown").isNotEmpty();
            })
        .isInstanceOfAny(IOException.class, AssertionError.class);
  }

  @Test
  void aNewListDisconnectsWhomItRevokesAndKeepsThemOut() throws Exception {
    TestCa.Identity alice = CLIENTS.issue("alice");
    TestCa.Identity bob = CLIENTS.issue("bob");
    Path crl = CLIENTS.crlFile(directory);
    TlsContext context = clients(ClientCertificates.REQUIRED, crl);
    var transport = listen(context);
    SSLSocket ofAlice = connect(transport, alice, BOTH);
    SSLSocket ofBob = connect(transport, bob, BOTH);
    assertEchoes(ofAlice);
    assertEchoes(ofBob);

    CLIENTS.crlFile(directory, alice.certificate());
    context.refresh();

    assertThat(ofAlice.getInputStream().read()).isEqualTo(-1);
    assertEchoes(ofBob);
    // The JDK has one alert for all clients that it does not trust.
    String alert = engine == Engine.JDK ? "certificate_unknown" : "certificate_revoked";
    for (String version : BOTH) {
      assertThatThrownBy(() -> assertEchoes(connect(transport, alice, List.of(version))))
          .isInstanceOf(SSLException.class)
          .hasMessageContaining(alert);
    }
    assertEchoes(connect(transport, bob, BOTH));
  }

  // --- files

  @Test
  void whatRunsOutWhileItIsInUseIsToldOnceAndTheTimesAreKnown() throws Exception {
    Path crl = CLIENTS.crlFile(directory);
    TlsContext context = clients(ClientCertificates.REQUIRED, crl);
    Instant inThreeDays = Instant.now().plus(3, ChronoUnit.DAYS);

    assertThat(context.authoritiesExpire())
        .isEqualTo(CLIENTS.certificate().getNotAfter().toInstant());
    assertThat(context.listsExpire()).isBetween(Instant.now(), inThreeDays);
    assertThat(context.ranOut(Instant.now())).isEmpty();
    assertThat(context.ranOut(inThreeDays))
        .extracting(TlsContext.RanOut::part)
        .containsExactly(
            TlsFileException.Part.CERTIFICATE, TlsFileException.Part.CA, TlsFileException.Part.CRL);
    assertThat(context.ranOut(inThreeDays)).isEmpty();

    CLIENTS.crlFile(directory);
    context.refresh(); // other files: told anew
    assertThat(context.ranOut(inThreeDays)).hasSize(3);
    assertThat(context().authoritiesExpire()).isNull();
    assertThat(context().listsExpire()).isNull();
  }

  @Test
  void aRenewedCertificateIsUsedWithoutDroppingAnyone() throws Exception {
    TlsContext context = context();
    var transport = listen(context);
    SSLSocket before = connect(transport, null, BOTH);
    assertEchoes(before);

    TestCa.Identity renewed = CA.issue("renewed", Instant.now().plus(1, ChronoUnit.DAYS));
    renewed.certificateFile(directory);
    context.refresh(); // its key is not there yet
    SSLSocket between = connect(transport, null, BOTH);
    assertEchoes(between);
    renewed.keyFile(directory);
    context.refresh();
    SSLSocket after = connect(transport, null, BOTH);
    assertEchoes(after);

    assertEchoes(before);
    assertThat(subject(between)).isEqualTo("CN=localhost");
    assertThat(subject(after)).isEqualTo("CN=renewed");
    assertThat(context.expires()).isEqualTo(renewed.certificate().getNotAfter().toInstant());
  }

  @Test
  void filesThatCannotBeUsedAreNamedWithARemedy() throws Exception {
    Instant yesterday = Instant.now().minus(1, ChronoUnit.DAYS);
    assertUnusable(
        Part.CERTIFICATE, "expired at", CA.issue("x", yesterday).certificateFile(fresh()), null);
    assertUnusable(Part.CERTIFICATE, "does not exist", directory.resolve("nowhere.pem"), null);
    assertUnusable(
        Part.CERTIFICATE,
        "holds no certificate",
        Files.writeString(directory.resolve("t"), "x"),
        null);
    assertUnusable(
        Part.KEY, "is not the certificate's key", null, CA.issue("other").keyFile(fresh()));
    assertUnusable(
        Part.KEY, "holds no private key", null, Files.writeString(directory.resolve("t"), "x"));
    assertUnusable(
        Part.KEY,
        "EC PRIVATE KEY",
        null,
        Files.writeString(
            directory.resolve("t"),
            "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----"));
    Path crl = new TestCa("Others").crlFile(fresh());
    Path ca = CLIENTS.file(directory);
    assertThat(
            catchThrowableOfType(
                TlsFileException.class,
                () ->
                    TlsContext.load(
                        "test", settings.withClients(ClientCertificates.REQUIRED, ca, crl))))
        .hasMessageContaining("is not signed by the CA")
        .extracting(TlsFileException::part)
        .isEqualTo(Part.CRL);
  }

  private void assertUnusable(
      Part part, String complaint, @Nullable Path certificate, @Nullable Path key) {
    TlsSettings changed =
        TlsSettings.of(
            certificate == null ? settings.certificate() : certificate,
            key == null ? settings.key() : key);
    var e = catchThrowableOfType(TlsFileException.class, () -> TlsContext.load("test", changed));
    assertThat(e).hasMessageContaining(complaint);
    assertThat(e.part()).isEqualTo(part);
    assertThat(e.remedy()).isNotBlank();
  }

  // --- what the tests are made of

  private Path fresh() throws IOException {
    return Files.createTempDirectory(directory, "fresh");
  }

  private TlsContext context() throws IOException {
    return TlsContext.load("test", settings);
  }

  private TlsContext clients(ClientCertificates which, @Nullable Path crl) throws IOException {
    return TlsContext.load("test", settings.withClients(which, CLIENTS.file(directory), crl));
  }

  private OpenTransport listen(TlsContext context) throws IOException {
    open.add(context);
    var transport = OpenTransport.onLoopback(plain -> plain.withTls(context));
    open.add(transport);
    return transport;
  }

  private SSLSocket connect(
      OpenTransport transport, TestCa.@Nullable Identity identity, List<String> versions)
      throws IOException {
    SSLSocket client = Stack.tls(transport.connect(), CA, identity, versions);
    open.add(client);
    return client;
  }

  private static void assertEchoes(SSLSocket client) throws IOException {
    client.getOutputStream().write(7);
    int answer = client.getInputStream().read();
    if (answer < 0) {
      throw new IOException("ended");
    }
    assertThat(answer).isEqualTo(7);
  }

  private static String subject(SSLSocket client) throws IOException {
    return ((X509Certificate) client.getSession().getPeerCertificates()[0])
        .getSubjectX500Principal()
        .toString();
  }
}
