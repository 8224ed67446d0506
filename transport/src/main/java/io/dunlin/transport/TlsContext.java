package io.dunlin.transport;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A listener's TLS: certificate, key, authorities and revocation lists, as they stand in their
/// files now. Thread-safe.
///
/// [#refresh] looks whether a file has changed. New handshakes then use the new ones; connections
/// that are open stay, but for those whose certificate a new list revokes. While the new files
/// cannot be used (one of a pair is not there yet), the old ones stay in use.
public final class TlsContext implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContext.class);

  /// Forward secret and authenticated; for TLS 1.3 and 1.2.
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private final String listener;
  private final TlsSettings settings;
  private final SslProvider provider;
  private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
  private List<Stamp> stamps; // of the caller of refresh
  private final Set<RanOut> told = new HashSet<>(); // of the caller of refresh
  private volatile State state;
  private volatile boolean closed;

  /// What is in use.
  private record State(TlsMaterial material, SslContext context) {}

  /// Something whose time is over.
  ///
  /// @param subject of the certificate, or the issuer of the list
  record RanOut(TlsFileException.Part part, Path file, String subject, Instant at) {}

  /// How a file looks from outside.
  private record Stamp(@Nullable Object file, long bytes, long modifiedNanos) {}

  private TlsContext(String listener, TlsSettings settings) throws TlsFileException {
    this.listener = listener;
    this.settings = settings;
    this.provider =
        settings.engine() == TlsSettings.Engine.AUTO && OpenSsl.isAvailable()
            ? SslProvider.OPENSSL_REFCNT
            : SslProvider.JDK;
    this.stamps = stamps();
    this.state = load();
    tell(ranOut(Instant.now()));
  }

  /// Reads the files.
  ///
  /// @param listener for the log
  /// @throws TlsFileException naming the first file that cannot be used
  public static TlsContext load(String listener, TlsSettings settings) throws TlsFileException {
    return new TlsContext(listener, settings);
  }

  /// Who does the cryptography, for people: "boringssl", "jdk".
  public String engine() {
    return provider == SslProvider.JDK ? "jdk" : "boringssl";
  }

  /// When the server's certificate expires.
  public Instant expires() {
    return state.material.chain().getFirst().getNotAfter().toInstant();
  }

  /// When the first of the authorities that vouch for clients expires; null without any.
  public @Nullable Instant authoritiesExpire() {
    return state.material.authorities().stream()
        .map(each -> each.getNotAfter().toInstant())
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  /// When the first of the revocation lists is outdated; null without any that says so.
  public @Nullable Instant listsExpire() {
    return state.material.lists().stream()
        .filter(list -> list.getNextUpdate() != null)
        .map(list -> list.getNextUpdate().toInstant())
        .min(Comparator.naturalOrder())
        .orElse(null);
  }

  /// Looks at the files, and uses them if they have changed; says what has run out since the last
  /// look. Blocks. One caller at a time.
  public synchronized void refresh() {
    if (closed) {
      return;
    }
    List<Stamp> present = stamps();
    if (!present.equals(stamps)) {
      stamps = present;
      reload();
    }
    tell(ranOut(Instant.now()));
  }

  private void reload() {
    State before = state;
    try {
      state = load();
    } catch (TlsFileException e) {
      LOG.error(
          "tls.reload-failed listener={} error={}; remedy: {}; the former files stay in use",
          listener,
          e.getMessage(),
          e.remedy());
      return;
    }
    ReferenceCountUtil.release(before.context);
    told.clear();
    LOG.info("tls.reloaded listener={} expires={}", listener, expires());
    onChange.forEach(Runnable::run);
  }

  /// Frees it; no connection may begin afterwards.
  @Override
  public synchronized void close() {
    closed = true;
    ReferenceCountUtil.release(state.context);
  }

  void onChange(Runnable action) {
    onChange.add(action);
  }

  SSLEngine newEngine() {
    while (true) {
      SslContext context = state.context;
      try {
        ReferenceCountUtil.retain(context);
      } catch (IllegalReferenceCountException e) { // replaced in this moment
        if (closed) {
          throw e;
        }
        continue;
      }
      try {
        return context.newEngine(UnpooledByteBufAllocator.DEFAULT);
      } finally {
        ReferenceCountUtil.release(context);
      }
    }
  }

  /// Whether a list revokes one of these.
  boolean revoked(List<X509Certificate> chain) {
    return !chain.isEmpty() && state.material.revoked(chain);
  }

  private State load() throws TlsFileException {
    TlsMaterial material = TlsMaterial.read(settings, Instant.now());
    try {
      return new State(material, context(material));
    } catch (SSLException e) {
      throw new TlsFileException(
          TlsFileException.Part.CERTIFICATE,
          settings.certificate(),
          "cannot be used: " + e.getMessage(),
          "use a certificate with an RSA or EC key",
          e);
    }
  }

  /// What has run out by now and was not told of yet: each once, until the files change.
  synchronized List<RanOut> ranOut(Instant now) {
    TlsMaterial material = state.material;
    List<RanOut> all = new ArrayList<>();
    X509Certificate own = material.chain().getFirst();
    all.add(expiry(TlsFileException.Part.CERTIFICATE, settings.certificate(), own));
    Path ca = settings.ca();
    if (ca != null) {
      material.authorities().forEach(each -> all.add(expiry(TlsFileException.Part.CA, ca, each)));
    }
    Path crl = settings.crl();
    if (crl != null) {
      for (X509CRL list : material.lists()) {
        if (list.getNextUpdate() != null) {
          String issuer = list.getIssuerX500Principal().toString();
          Instant next = list.getNextUpdate().toInstant();
          all.add(new RanOut(TlsFileException.Part.CRL, crl, issuer, next));
        }
      }
    }
    return all.stream().filter(each -> each.at.isBefore(now)).filter(told::add).toList();
  }

  private static RanOut expiry(TlsFileException.Part part, Path file, X509Certificate of) {
    return new RanOut(
        part, file, of.getSubjectX500Principal().toString(), of.getNotAfter().toInstant());
  }

  private void tell(List<RanOut> news) {
    for (RanOut each : news) {
      switch (each.part) {
        case CERTIFICATE, KEY ->
            LOG.error(
                "tls.certificate-expired listener={} file={} subject={} expired={}",
                listener,
                each.file,
                each.subject,
                each.at);
        case CA ->
            LOG.error(
                "tls.ca-expired listener={} file={} subject={} expired={}",
                listener,
                each.file,
                each.subject,
                each.at);
        case CRL ->
            LOG.warn(
                "tls.crl-outdated listener={} file={} issuer={} next={} what it revokes stays"
                    + " revoked",
                listener,
                each.file,
                each.subject,
                each.at);
      }
    }
  }

  private SslContext context(TlsMaterial material) throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(
                material.key(), material.chain().toArray(X509Certificate[]::new))
            .sslProvider(provider)
            .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
            .protocols(
                settings.oldest() == TlsSettings.Oldest.TLS_1_3
                    ? List.of("TLSv1.3")
                    : List.of("TLSv1.3", "TLSv1.2"));
    if (settings.clientCertificates() != TlsSettings.ClientCertificates.NONE) {
      builder
          .trustManager(new Revocations(trust(material.authorities()), material))
          .clientAuth(
              settings.clientCertificates() == TlsSettings.ClientCertificates.REQUIRED
                  ? ClientAuth.REQUIRE
                  : ClientAuth.OPTIONAL);
    }
    return builder.build();
  }

  private static X509ExtendedTrustManager trust(List<X509Certificate> authorities)
      throws SSLException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("ca" + i, authorities.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return Stream.of(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow(() -> new SSLException("the JDK has no trust manager"));
    } catch (GeneralSecurityException | IOException e) {
      throw new SSLException("the authorities cannot be used", e);
    }
  }

  private List<Stamp> stamps() {
    List<Stamp> found = new ArrayList<>();
    Stream.of(settings.certificate(), settings.key(), settings.ca(), settings.crl())
        .filter(Objects::nonNull)
        .forEach(file -> found.add(stamp(file)));
    return found;
  }

  private static Stamp stamp(Path file) {
    try {
      BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(
          now.fileKey(),
          now.size(),
          now.lastModifiedTime().to(java.util.concurrent.TimeUnit.NANOSECONDS));
    } catch (IOException _) { // told when it is read
      return new Stamp(null, -1, -1);
    }
  }
}
