package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.mqtt.Auth;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.ReasonCode;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuthenticationTest {
  private static final Connect CONNECT =
      Connect.builder(MqttVersion.V5, "c").userName("ann").password(Slice.utf8("pw")).build();

  /// Says `first`, answers with `answer` whatever it is asked, and believes only "proof".
  private record Scripted(@Nullable Slice first, @Nullable Slice answer)
      implements Authenticator, Authenticator.Exchange {
    @Override
    public String method() {
      return "M";
    }

    @Override
    public Exchange begin() {
      return this;
    }

    @Override
    public @Nullable Slice answer(@Nullable Slice challenge) {
      if (challenge == null) {
        throw new IllegalStateException("no question");
      }
      return answer;
    }

    @Override
    public void accepted(@Nullable Slice data) throws AuthenticationFailed {
      if (data == null || !data.equals(Slice.utf8("proof"))) {
        throw new AuthenticationFailed("no proof", null);
      }
    }
  }

  @Test
  void theConnectGetsMethodAndFirstDataAndKeepsTheRest() throws Exception {
    Connect connect = begin(Slice.utf8("hello"), null).connect(CONNECT);

    assertThat(connect.authenticationMethod()).isEqualTo("M");
    assertThat(connect.authenticationData()).isEqualTo(Slice.utf8("hello"));
    assertThat(connect.withAuthentication(null, null)).isEqualTo(CONNECT);
  }

  @Test
  void anExchangeMayBeginAndAnswerWithoutData() throws Exception {
    Authentication exchange = begin(null, null);

    assertThat(exchange.connect(CONNECT).authenticationData()).isNull();
    assertThat(exchange.again()).isEqualTo(auth(ReasonCode.REAUTHENTICATE, "M", null));
    assertThat(exchange.answer(auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "who?")))
        .isEqualTo(auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", null));
  }

  @Test
  void anotherMethodOfTheServerIsAProtocolError() throws Exception {
    Authentication exchange = begin(null, null);

    assertProtocolError(
        () -> exchange.answer(auth(ReasonCode.CONTINUE_AUTHENTICATION, "m", "who?")));
    assertProtocolError(() -> exchange.accepted(auth(ReasonCode.SUCCESS, "m", "proof")));
    assertProtocolError(() -> exchange.accepted(ConnAck.accepted(false)));
  }

  @Test
  void successBeforeTheConnAckIsAProtocolError() throws Exception {
    Authentication exchange = begin(null, null);

    assertProtocolError(() -> exchange.answer(auth(ReasonCode.SUCCESS, "M", "proof")));
  }

  @Test
  void whatTheAuthenticatorThrowsIsAnAuthenticationFailed() throws Exception {
    Authentication exchange = begin(null, null);

    assertThatThrownBy(() -> exchange.answer(auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", null)))
        .isInstanceOf(AuthenticationFailed.class)
        .hasMessageContaining("no question")
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> exchange.accepted(auth(ReasonCode.SUCCESS, "M", "x")))
        .isInstanceOf(AuthenticationFailed.class)
        .hasMessage("no proof");
  }

  @Test
  void moreDataThanAPropertyHoldsIsAnAuthenticationFailed() throws Exception {
    Slice most = Slice.wrap(new byte[65_535]);
    Slice tooMuch = Slice.wrap(new byte[65_536]);
    Authentication exchange = begin(most, tooMuch);

    assertThatThrownBy(() -> begin(tooMuch, null))
        .isInstanceOf(AuthenticationFailed.class)
        .hasMessageContaining("65536 bytes");
    assertThatThrownBy(() -> exchange.answer(auth(ReasonCode.CONTINUE_AUTHENTICATION, "M", "who?")))
        .isInstanceOf(AuthenticationFailed.class);
  }

  @Test
  void aConfigurationHasMethodAndAuthenticatorTogetherAndIn5Only() {
    BrokerAddress address = BrokerAddress.tcp("127.0.0.1", 1);
    ClientConfig.Builder methodAlone =
        ClientConfig.builder(address, CONNECT.withAuthentication("M", null));
    ClientConfig.Builder before5 =
        ClientConfig.builder(address, Connect.builder(MqttVersion.V3_1_1, "c").build())
            .authenticator(new Scripted(null, null));

    assertThatThrownBy(methodAlone::build).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(before5::build).isInstanceOf(IllegalArgumentException.class);
  }

  private static Authentication begin(@Nullable Slice first, @Nullable Slice answer)
      throws AuthenticationFailed {
    return Authentication.begin(new Scripted(first, answer));
  }

  private static Auth auth(ReasonCode reason, String method, @Nullable String data) {
    return new Auth(reason, method, data == null ? null : Slice.utf8(data), null, List.of());
  }

  private static void assertProtocolError(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            MalformedPacket.class,
            e -> assertThat(e.reason()).isEqualTo(ReasonCode.PROTOCOL_ERROR));
  }
}
