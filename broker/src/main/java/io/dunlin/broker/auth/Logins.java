package io.dunlin.broker.auth;

import io.dunlin.base.Slice;
import io.dunlin.broker.config.CertificateUser;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck;
import io.dunlin.mqtt.ReasonCode;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The logins that the broker brings with it, by the rules of each listener: a certificate that
/// carries a user name; else a user name and a password; else nothing, where that is allowed.
///
/// Where there is no password file, a user name says nothing, and its client is anonymous.
///
/// Thread-safe.
public final class Logins implements LoginCheck {
  private final Passwords passwords;
  private volatile boolean hasPasswords;
  private volatile Map<String, ListenerConfig> listeners;

  /// @param random makes the key of remembered passwords
  public Logins(Policy policy, List<ListenerConfig> listeners, SecureRandom random) {
    PasswordFile users = policy.users();
    this.passwords = new Passwords(users == null ? PasswordFile.EMPTY : users, random);
    this.hasPasswords = users != null;
    this.listeners = byName(listeners);
  }

  private static Map<String, ListenerConfig> byName(List<ListenerConfig> listeners) {
    return listeners.stream()
        .collect(Collectors.toUnmodifiableMap(ListenerConfig::name, Function.identity()));
  }

  /// Goes on with other users and listeners.
  public void replace(Policy policy, List<ListenerConfig> newListeners) {
    PasswordFile users = policy.users();
    passwords.replace(users == null ? PasswordFile.EMPTY : users);
    hasPasswords = users != null;
    listeners = byName(newListeners);
  }

  @Override
  public @Nullable Verdict checkNow(Login login) {
    ListenerConfig listener = listeners.get(login.listener());
    if (listener == null) { // it has gone
      return new Verdict.Refused(ReasonCode.NOT_AUTHORIZED);
    }
    CertificateUser part = listener.certificateUser();
    if (part != CertificateUser.NONE && !login.certificates().isEmpty()) {
      String user = CertificateNames.userName(login.certificates().getFirst(), part);
      return user.isEmpty()
          ? new Verdict.Refused(ReasonCode.NOT_AUTHORIZED)
          : accepted(user, listener, () -> takes(listener.name(), part));
    }
    String user = login.userName();
    if (user == null || !hasPasswords) {
      return listener.anonymous()
          ? new Verdict.Accepted("", null, () -> isAnonymous(listener.name()))
          : new Verdict.Refused(ReasonCode.NOT_AUTHORIZED);
    }
    Validity validity = passwords.validity(user);
    return passwords.isVerified(user, password(login)) ? accepted(user, listener, validity) : null;
  }

  @Override
  public Verdict check(Login login) {
    Verdict atOnce = checkNow(login);
    if (atOnce != null) {
      return atOnce;
    }
    String user = login.userName();
    ListenerConfig listener = listeners.get(login.listener());
    if (user == null || listener == null) {
      return new Verdict.Refused(ReasonCode.NOT_AUTHORIZED);
    }
    Validity validity = passwords.validity(user); // before: of the hash that is compared, or older
    return switch (passwords.check(user, password(login))) {
      case RIGHT -> accepted(user, listener, validity);
      case WRONG -> new Verdict.Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
      case BUSY -> new Verdict.Refused(ReasonCode.SERVER_BUSY);
    };
  }

  private static Slice password(Login login) {
    Slice password = login.password();
    return password == null ? Slice.EMPTY : password;
  }

  private static Verdict accepted(String user, ListenerConfig listener, Validity validity) {
    return new Verdict.Accepted(user, listener.userNameAsClientId() ? user : null, validity);
  }

  /// Whether a listener of that name, if it is still there, lets clients in without a login. One
  /// that was closed keeps those who are connected.
  private boolean isAnonymous(String name) {
    ListenerConfig now = listeners.get(name);
    return now == null || now.anonymous();
  }

  private boolean takes(String name, CertificateUser part) {
    ListenerConfig now = listeners.get(name);
    return now == null || now.certificateUser() == part;
  }
}
