package io.dunlin.broker.auth;

import io.dunlin.broker.config.CertificateUser;
import java.security.cert.X509Certificate;
import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/// User names out of certificates.
final class CertificateNames {
  private CertificateNames() {}

  /// The user name that a certificate has; empty when it has none.
  static String userName(X509Certificate certificate, CertificateUser part) {
    return userName(certificate.getSubjectX500Principal(), part);
  }

  static String userName(X500Principal subject, CertificateUser part) {
    String name = subject.getName(X500Principal.RFC2253);
    return switch (part) {
      case NONE -> "";
      case SUBJECT -> name;
      case COMMON_NAME -> commonName(name);
    };
  }

  /// The Common Name that stands first: the most specific one.
  private static String commonName(String subject) {
    try {
      LdapName name = new LdapName(subject);
      for (int i = name.size() - 1; i >= 0; i--) { // it counts from the end
        Rdn rdn = name.getRdn(i);
        Attribute commonName = rdn.toAttributes().get("CN");
        if (commonName != null) {
          return commonName.get() instanceof String text ? text : "";
        }
      }
    } catch (InvalidNameException e) {
      return "";
    } catch (NamingException e) { // of an attribute without a value
      return "";
    }
    return "";
  }
}
