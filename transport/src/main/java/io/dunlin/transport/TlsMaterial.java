package io.dunlin.transport;

import io.dunlin.transport.TlsFileException.Part;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What stands in the files of a listener's TLS, read and checked. Immutable.
///
/// @param chain the server's certificate, then those that vouch for it
/// @param authorities those that vouch for clients
/// @param lists what these have revoked
record TlsMaterial(
    List<X509Certificate> chain,
    PrivateKey key,
    List<X509Certificate> authorities,
    List<X509CRL> lists) {
  private static final long MAX_BYTES = 64L << 20;
  private static final Pattern PEM_KEY =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----([^-]*)-----END");

  TlsMaterial {
    chain = List.copyOf(chain);
    authorities = List.copyOf(authorities);
    lists = List.copyOf(lists);
  }

  /// Reads and checks the files.
  ///
  /// @throws TlsFileException naming the first that cannot be used
  static TlsMaterial read(TlsSettings settings, Instant now) throws TlsFileException {
    List<X509Certificate> chain = certificates(Part.CERTIFICATE, settings.certificate());
    checkTime(settings.certificate(), chain.getFirst(), now);
    PrivateKey key = key(settings.key(), chain.getFirst().getPublicKey());
    Path ca = settings.ca();
    List<X509Certificate> authorities = ca == null ? List.of() : certificates(Part.CA, ca);
    Path crl = settings.crl();
    List<X509CRL> lists = crl == null ? List.of() : lists(crl, authorities);
    return new TlsMaterial(chain, key, authorities, lists);
  }

  /// Whether one of the chain has been revoked.
  boolean revoked(List<X509Certificate> shown) {
    for (X509CRL list : lists) {
      for (X509Certificate each : shown) {
        if (list.getIssuerX500Principal().equals(each.getIssuerX500Principal())
            && list.isRevoked(each)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<X509Certificate> certificates(Part part, Path file) throws TlsFileException {
    byte[] bytes = bytes(part, file);
    try {
      List<X509Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(bytes))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    } catch (GeneralSecurityException e) {
      throw noCertificate(part, file, e);
    }
    throw noCertificate(part, file, null);
  }

  private static TlsFileException noCertificate(Part part, Path file, @Nullable Exception cause) {
    return new TlsFileException(
        part,
        file,
        "holds no certificate",
        "give a PEM file that begins with -----BEGIN CERTIFICATE-----",
        cause);
  }

  private static void checkTime(Path file, X509Certificate certificate, Instant now)
      throws TlsFileException {
    if (now.isAfter(certificate.getNotAfter().toInstant())) {
      throw new TlsFileException(
          Part.CERTIFICATE,
          file,
          "expired at " + certificate.getNotAfter().toInstant(),
          "put a renewed certificate there",
          null);
    }
    if (now.isBefore(certificate.getNotBefore().toInstant())) {
      throw new TlsFileException(
          Part.CERTIFICATE,
          file,
          "is not valid before " + certificate.getNotBefore().toInstant(),
          "check the clock of this machine, and the certificate",
          null);
    }
  }

  private static PrivateKey key(Path file, PublicKey of) throws TlsFileException {
    String text = new String(bytes(Part.KEY, file), java.nio.charset.StandardCharsets.ISO_8859_1);
    Matcher pem = PEM_KEY.matcher(text);
    if (!pem.find()) {
      throw badKey(
          file, "holds no private key", "give a file that begins with -----BEGIN PRIVATE KEY-----");
    }
    if (!pem.group(1).isEmpty()) {
      throw badKey(
          file,
          "holds a key of another kind (" + pem.group(1) + "PRIVATE KEY), or an encrypted one",
          "convert it: openssl pkcs8 -topk8 -nocrypt -in " + file + " -out server.key");
    }
    PrivateKey key;
    try {
      byte[] encoded = Base64.getMimeDecoder().decode(pem.group(2));
      key =
          KeyFactory.getInstance(of.getAlgorithm())
              .generatePrivate(new PKCS8EncodedKeySpec(encoded));
      if (signs(key, of)) {
        return key;
      }
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new TlsFileException(
          Part.KEY,
          file,
          "holds no " + of.getAlgorithm() + " key, as the certificate needs",
          "give the key that the certificate was made for",
          e);
    }
    throw badKey(
        file, "is not the certificate's key", "give the key that the certificate was made for");
  }

  private static TlsFileException badKey(Path file, String complaint, String remedy) {
    return new TlsFileException(Part.KEY, file, complaint, remedy, null);
  }

  /// Whether what `key` signs is verified by `of`.
  private static boolean signs(PrivateKey key, PublicKey of) throws GeneralSecurityException {
    Signature signature =
        Signature.getInstance(
            switch (of.getAlgorithm()) {
              case "RSA" -> "SHA256withRSA";
              case "EC" -> "SHA256withECDSA";
              default -> of.getAlgorithm();
            });
    byte[] text = {1, 2, 3};
    signature.initSign(key);
    signature.update(text);
    byte[] signed = signature.sign();
    signature.initVerify(of);
    signature.update(text);
    return signature.verify(signed);
  }

  private static List<X509CRL> lists(Path file, List<X509Certificate> authorities)
      throws TlsFileException {
    byte[] bytes = bytes(Part.CRL, file);
    List<X509CRL> found;
    try {
      found =
          CertificateFactory.getInstance("X.509")
              .generateCRLs(new ByteArrayInputStream(bytes))
              .stream()
              .map(X509CRL.class::cast)
              .toList();
    } catch (GeneralSecurityException e) {
      throw noList(file, e);
    }
    if (found.isEmpty()) {
      throw noList(file, null);
    }
    for (X509CRL list : found) {
      if (authorities.stream().noneMatch(authority -> signed(list, authority))) {
        throw new TlsFileException(
            Part.CRL,
            file,
            "is not signed by the CA: " + list.getIssuerX500Principal(),
            "give the list of the CA that vouches for the clients",
            null);
      }
    }
    return found;
  }

  private static TlsFileException noList(Path file, @Nullable Exception cause) {
    return new TlsFileException(
        Part.CRL,
        file,
        "holds no revocation list",
        "give a PEM file that begins with -----BEGIN X509 CRL-----",
        cause);
  }

  private static boolean signed(X509CRL list, X509Certificate authority) {
    if (!list.getIssuerX500Principal().equals(authority.getSubjectX500Principal())) {
      return false;
    }
    try {
      list.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) { // another authority of that name
      return false;
    }
  }

  private static byte[] bytes(Part part, Path file) throws TlsFileException {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new TlsFileException(part, file, "is too large", "is it the right file?", null);
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new TlsFileException(part, file, "does not exist", "check the path", e);
    } catch (TlsFileException e) {
      throw e;
    } catch (IOException e) {
      throw new TlsFileException(
          part, file, "cannot be read (" + e + ")", "let the broker's user read it", e);
    }
  }
}
