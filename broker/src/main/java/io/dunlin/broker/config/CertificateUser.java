package io.dunlin.broker.config;

/// Which part of a client's certificate is its user name.
public enum CertificateUser {
  /// No part: certificates say nothing about users.
  NONE,
  /// The most specific Common Name of the subject.
  COMMON_NAME,
  /// The whole subject as RFC 2253 writes it: `CN=press-7,OU=hall 2,O=Example`.
  SUBJECT
}
