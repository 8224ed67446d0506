package io.dunlin.transport;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// An authority that makes certificates, and writes them to files.
@SuppressWarnings("JavaUtilDate") // the builders take no other
final class TestCa {
  private static final AtomicLong SERIAL = new AtomicLong(1);
  private static final Duration LIFE = Duration.ofDays(2);

  private final X500Name name;
  private final KeyPair keys = newKeys();
  private final X509Certificate certificate;

  /// A key and its certificate.
  record Identity(KeyPair keys, X509Certificate certificate) {
    Path certificateFile(Path directory) {
      return write(directory.resolve("cert.pem"), certificate);
    }

    Path keyFile(Path directory) {
      try {
        return write(directory.resolve("key.pem"), new JcaPKCS8Generator(keys.getPrivate(), null));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  TestCa(String commonName) {
    name = new X500Name("CN=" + commonName);
    certificate = certificate(name, keys, Instant.now().plus(LIFE), true);
  }

  X509Certificate certificate() {
    return certificate;
  }

  Path file(Path directory) {
    return write(directory.resolve("ca.pem"), certificate);
  }

  Identity issue(String commonName) {
    return issue(commonName, Instant.now().plus(LIFE));
  }

  Identity issue(String commonName, Instant notAfter) {
    KeyPair own = newKeys();
    return new Identity(own, certificate(new X500Name("CN=" + commonName), own, notAfter, false));
  }

  Path crlFile(Path directory, X509Certificate... revoked) {
    try {
      var builder = new JcaX509v2CRLBuilder(certificate.getSubjectX500Principal(), new Date());
      builder.setNextUpdate(Date.from(Instant.now().plus(LIFE)));
      for (X509Certificate each : revoked) {
        builder.addCRLEntry(each.getSerialNumber(), new Date(), 0);
      }
      X509CRL list = new JcaX509CRLConverter().getCRL(builder.build(signer()));
      return write(directory.resolve("crl.pem"), list);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate certificate(
      X500Name subject, KeyPair own, Instant notAfter, boolean authority) {
    try {
      var builder =
          new JcaX509v3CertificateBuilder(
              name,
              BigInteger.valueOf(SERIAL.incrementAndGet()),
              Date.from(notAfter.minus(LIFE.plusDays(1))),
              Date.from(notAfter),
              subject,
              own.getPublic());
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
      if (!authority) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                new GeneralName[] {
                  new GeneralName(GeneralName.dNSName, "localhost"),
                  new GeneralName(GeneralName.iPAddress, "127.0.0.1")
                }));
      }
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer()));
    } catch (CertIOException | GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private ContentSigner signer() throws OperatorCreationException {
    return new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Replaces the file in one step, as operators should.
  private static Path write(Path file, Object object) {
    try {
      var text = new StringWriter();
      try (JcaPEMWriter pem = new JcaPEMWriter(text)) {
        pem.writeObject(object);
      }
      Path fresh =
          Files.writeString(Files.createTempFile(file.getParent(), "new", ""), text.toString());
      return Files.move(
          fresh,
          file,
          java.nio.file.StandardCopyOption.REPLACE_EXISTING,
          java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
