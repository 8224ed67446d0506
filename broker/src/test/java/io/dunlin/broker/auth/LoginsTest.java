package io.dunlin.broker.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.dunlin.base.Slice;
import io.dunlin.broker.auth.PasswordHash.Cost;
import io.dunlin.broker.config.AclRules;
import io.dunlin.broker.config.CertificateUser;
import io.dunlin.broker.config.ListenerConfig;
import io.dunlin.broker.config.ListenerType;
import io.dunlin.broker.config.TlsConfig;
import io.dunlin.broker.config.TlsConfig.TlsVersion;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.spi.LoginCheck.Verdict;
import io.dunlin.broker.spi.LoginCheck.Verdict.Accepted;
import io.dunlin.broker.spi.LoginCheck.Verdict.Refused;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.transport.TlsSettings.ClientCertificates;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Objects;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginsTest {
  private static final Cost CHEAP = new Cost(64, 1, 1);
  private static final ListenerConfig OPEN = listener(true, false);
  private static final ListenerConfig CLOSED = listener(false, false);
  private static final ListenerConfig BY_NAME = listener(false, true);

  /// Subject O=Example, OU=hall 2, CN=press-7; until 2126.
  private static final String CERTIFICATE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBwTCCAWegAwIBAgIUYThoJzhDUpyMCBoBhJFi3Bb1wPowCgYIKoZIzj0EAwIw
      NTEQMA4GA1UECgwHRXhhbXBsZTEPMA0GA1UECwwGaGFsbCAyMRAwDgYDVQQDDAdw
      cmVzcy03MCAXDTI2MTEyMTE5MzAzMFoYDzIxMjYxMDI4MTkzMDMwWjA1MRAwDgYD
      VQQKDAdFeGFtcGxlMQ8wDQYDVQQLDAZoYWxsIDIxEDAOBgNVBAMMB3ByZXNzLTcw
      WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATEyF6h83q00G9PIb2xNajAPOt3EZhy
      5LTKykQiHYKy301y7+9hYi6iJGrKgEGdF4iwOx6SWKph3D9Mo6vdypYvo1MwUTAd
      BgNVHQ4EFgQUhRfZWTAGzpyH2SxOfawLod+gcCwwHwYDVR0jBBgwFoAUhRfZWTAG
      zpyH2SxOfawLod+gcCwwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBF
      AiEAiFOUePyvF4UcYUQ9mBEpCNJ9+5WlIrvLYwpka8R8TVICIGJsSNADkTvTcpEt
      V1WYV5zZB/wFxw2HmBg0eZ/47IiY
      -----END CERTIFICATE-----
      """;

  private final PasswordFile users =
      PasswordFile.EMPTY.with("ann", hash("right")).with("bob", hash("other"));

  @Test
  void rightPasswordMakesTheUserTheOwner() {
    assertThat(logins(users, CLOSED).check(login("ann", "right")))
        .asInstanceOf(type(Accepted.class))
        .satisfies(v -> assertThat(v.owner()).isEqualTo("ann"))
        .satisfies(v -> assertThat(v.clientId()).isNull())
        .satisfies(v -> assertThat(v.validity().holds()).isTrue());
  }

  @ParameterizedTest
  @CsvSource({"ann, wrong", "ann, ", "ann, other", "zoe, right", "'', right", "ANN, right"})
  void otherPasswordsAndUsersAreRefusedAlike(String user, @Nullable String password) {
    for (ListenerConfig listener : List.of(OPEN, CLOSED)) {
      assertThat(logins(users, listener).check(login(user, password)))
          .isEqualTo(new Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
    }
  }

  @Test
  void withoutLoginOnlyWhereTheListenerSaysSo() {
    Login nobody = login(null, null);
    assertThat(logins(users, OPEN).checkNow(nobody))
        .asInstanceOf(type(Accepted.class))
        .satisfies(v -> assertThat(v.owner()).isEmpty());
    assertThat(logins(users, CLOSED).checkNow(nobody))
        .isEqualTo(new Refused(ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  void userNameSaysNothingWithoutAPasswordFile() {
    assertThat(logins(null, OPEN).checkNow(login("ann", "x")))
        .asInstanceOf(type(Accepted.class))
        .satisfies(v -> assertThat(v.owner()).isEmpty());
    assertThat(logins(null, CLOSED).checkNow(login("ann", "x")))
        .isEqualTo(new Refused(ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  void unknownListenerLetsNobodyIn() {
    Login elsewhere = new Login("c", null, null, "gone", "1.2.3.4:5");
    assertThat(logins(users, OPEN).checkNow(elsewhere))
        .isEqualTo(new Refused(ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  void verifiedPasswordIsKnownAtOnceAndAWrongOneNeverIs() {
    Logins logins = logins(users, CLOSED);
    assertThat(logins.checkNow(login("ann", "right"))).isNull();
    assertThat(logins.check(login("ann", "wrong"))).isInstanceOf(Refused.class);
    assertThat(logins.checkNow(login("ann", "wrong"))).isNull();
    assertThat(logins.check(login("ann", "right"))).isInstanceOf(Accepted.class);

    assertThat(logins.checkNow(login("ann", "right"))).isInstanceOf(Accepted.class);
    assertThat(logins.checkNow(login("ann", "wrong"))).isNull();
    assertThat(logins.checkNow(login("bob", "right"))).isNull();
  }

  @Test
  void loginHoldsUntilItsUserHasAnotherPasswordOrIsGone() {
    Logins logins = logins(users, CLOSED);
    Accepted ann = accepted(logins.check(login("ann", "right")));
    Accepted bob = accepted(logins.check(login("bob", "other")));

    logins.replace(policy(users.with("ann", hash("right"))), List.of(CLOSED));
    assertThat(ann.validity().holds()).isFalse();
    assertThat(bob.validity().holds()).isTrue();
    assertThat(logins.checkNow(login("ann", "right"))).isNull();
    assertThat(logins.checkNow(login("bob", "other"))).isInstanceOf(Accepted.class);

    logins.replace(policy(users.without("bob")), List.of(CLOSED));
    assertThat(bob.validity().holds()).isFalse();
    assertThat(logins.check(login("bob", "other"))).isInstanceOf(Refused.class);
  }

  @Test
  void anonymousLoginHoldsAsLongAsItsListenerAllowsIt() {
    Logins logins = logins(users, OPEN);
    Accepted nobody = accepted(logins.checkNow(login(null, null)));

    logins.replace(policy(users), List.of(CLOSED));

    assertThat(nobody.validity().holds()).isFalse();
  }

  @Test
  void userNameBecomesTheClientIdentifierWhereTheListenerSaysSo() {
    assertThat(accepted(logins(users, BY_NAME).check(login("ann", "right"))).clientId())
        .isEqualTo("ann");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=press-7,OU=hall 2,O=Example | press-7 | CN=press-7,OU=hall 2,O=Example",
        "OU=hall 2,O=Example | '' | OU=hall 2,O=Example",
        "CN=inner,CN=outer,O=E | inner | CN=inner,CN=outer,O=E",
        "UID=u+CN=both,O=E | both | UID=u+CN=both,O=E",
        "O=E\\, CN\\=fake,CN=real | real | O=E\\, CN\\=fake,CN=real",
        "CN=a/\\+#,O=E | a/+# | CN=a/\\+\\#,O=E",
      })
  void certificateNamesItsUser(String subject, String commonName, String whole) {
    X500Principal principal = new X500Principal(subject);
    assertThat(CertificateNames.userName(principal, CertificateUser.COMMON_NAME))
        .isEqualTo(commonName);
    assertThat(CertificateNames.userName(principal, CertificateUser.SUBJECT))
        .isEqualToIgnoringCase(whole);
    assertThat(CertificateNames.userName(principal, CertificateUser.NONE)).isEmpty();
  }

  @Test
  void certificateIsTheLoginWhereTheListenerSaysSo() throws CertificateException {
    Login login =
        new Login("c", "ann", Slice.utf8("wrong"), "default", "1.2.3.4:5", List.of(certificate()));

    assertThat(accepted(logins(users, byCertificate(CertificateUser.COMMON_NAME)).checkNow(login)))
        .satisfies(v -> assertThat(v.owner()).isEqualTo("press-7"));
    assertThat(accepted(logins(users, byCertificate(CertificateUser.SUBJECT)).checkNow(login)))
        .satisfies(v -> assertThat(v.owner()).isEqualTo("CN=press-7,OU=hall 2,O=Example"));
    assertThat(logins(users, byCertificate(CertificateUser.NONE)).check(login))
        .isEqualTo(new Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD));
  }

  @Test
  void certificateLoginHoldsAsLongAsItsListenerTakesIt() throws CertificateException {
    ListenerConfig listener = byCertificate(CertificateUser.COMMON_NAME);
    Logins logins = logins(users, listener);
    Accepted press =
        accepted(
            logins.checkNow(
                new Login("c", null, null, "default", "1.2.3.4:5", List.of(certificate()))));

    logins.replace(policy(null), List.of(listener));
    assertThat(press.validity().holds()).isTrue();
    logins.replace(policy(null), List.of(OPEN));
    assertThat(press.validity().holds()).isFalse();
  }

  @Test
  void withoutACertificateAPasswordIsNeeded() {
    Logins logins = logins(users, byCertificate(CertificateUser.COMMON_NAME));
    assertThat(logins.checkNow(login(null, null)))
        .isEqualTo(new Refused(ReasonCode.NOT_AUTHORIZED));
    assertThat(accepted(logins.check(login("ann", "right"))).owner()).isEqualTo("ann");
  }

  private static X509Certificate certificate() throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(CERTIFICATE.getBytes(UTF_8)));
  }

  private static ListenerConfig byCertificate(CertificateUser part) {
    ListenerConfig loopback = ListenerConfig.loopback(0);
    Path pem = Path.of("unread.pem");
    return new ListenerConfig(
        loopback.name(),
        ListenerType.TLS,
        loopback.bind(),
        0,
        false,
        part,
        false,
        loopback.limits(),
        new TlsConfig(pem, pem, ClientCertificates.REQUIRED, pem, Path.of(""), TlsVersion.TLS_1_2),
        loopback.webSocket(),
        loopback.unix());
  }

  /// Both compute one hash, of the same cost: what is measured is that, and little else.
  @Test
  void unknownUserTakesAsLongAsAWrongPassword() {
    Cost slow = new Cost(8_192, 2, 1);
    PasswordHash hash = PasswordHash.of("right".getBytes(UTF_8), slow, new SecureRandom());
    Logins logins = logins(PasswordFile.EMPTY.with("ann", hash), CLOSED);
    long wrong = Long.MAX_VALUE;
    long unknown = Long.MAX_VALUE;
    for (int i = 0; i < 8; i++) { // the quickest of several: what else the machine does only adds
      wrong = Math.min(wrong, nanos(logins, "ann"));
      unknown = Math.min(unknown, nanos(logins, "zoe"));
    }
    assertThat((double) unknown / wrong).isBetween(0.4, 2.5);
  }

  private static long nanos(Logins logins, String user) {
    long begin = System.nanoTime();
    assertThat(logins.check(login(user, "wrong"))).isInstanceOf(Refused.class);
    return System.nanoTime() - begin;
  }

  private static Logins logins(@Nullable PasswordFile users, ListenerConfig listener) {
    return new Logins(policy(users), List.of(listener), new SecureRandom());
  }

  private static Policy policy(@Nullable PasswordFile users) {
    return new Policy(users, AclRules.NONE);
  }

  private static Accepted accepted(@Nullable Verdict verdict) {
    return (Accepted) Objects.requireNonNull(verdict);
  }

  private static Login login(@Nullable String user, @Nullable String password) {
    return new Login(
        "c", user, password == null ? null : Slice.utf8(password), "default", "1.2.3.4:5");
  }

  private static ListenerConfig listener(boolean anonymous, boolean userNameAsClientId) {
    ListenerConfig loopback = ListenerConfig.loopback(0);
    return new ListenerConfig(
        loopback.name(), loopback.bind(), 0, anonymous, CertificateUser.NONE, userNameAsClientId);
  }

  private static PasswordHash hash(String password) {
    return PasswordHash.of(password.getBytes(UTF_8), CHEAP, new SecureRandom());
  }
}
