package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.client.Authenticator;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.ClientException.AuthenticationFailed;
import io.dunlin.client.Published;
import io.dunlin.mqtt.ReasonCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Enhanced authentication and AUTH, from the client's side.
class ClientAuthTest extends ClientConformanceTest {
  private static final String METHOD = "ECHO";
  private static final String FORGED = "forged";

  /// Begins with `hello` and the number of the exchange, repeats what it is asked, and believes
  /// nothing that is [#FORGED].
  private static final class Echo implements Authenticator {
    private final AtomicInteger exchanges = new AtomicInteger();

    @Override
    public String method() {
      return METHOD;
    }

    @Override
    public Exchange begin() {
      Slice first = Slice.utf8("hello " + exchanges.incrementAndGet());
      return new Exchange() {
        @Override
        public Slice first() {
          return first;
        }

        @Override
        public @Nullable Slice answer(@Nullable Slice challenge) throws AuthenticationFailed {
          accepted(challenge);
          return challenge;
        }

        @Override
        public void accepted(@Nullable Slice data) throws AuthenticationFailed {
          if (data != null && data.equals(Slice.utf8(FORGED))) {
            throw new AuthenticationFailed("that is not my server", null);
          }
        }
      };
    }
  }

  // At the CONNECT.

  @Test
  @Statement({"MQTT-3.1.2-30", "MQTT-3.15.1-1", "MQTT-3.15.2-1", "MQTT-4.12.0-3", "MQTT-4.12.0-5"})
  void everyQuestionIsAnsweredUntilTheConnAck() {
    CompletableFuture<Client> connecting = begin(echo());
    ServerScript.Line line = accept(Version.V5);
    expectHello(line.expect(PacketType.CONNECT), 1);

    for (String question : List.of("one", "two", "three")) {
      line.send(auth(Reason.CONTINUE_AUTHENTICATION, question));
      assertThat(line.expect(PacketType.AUTH).whole())
          .isEqualTo(auth(Reason.CONTINUE_AUTHENTICATION, question).bytes(Version.V5));
    }
    line.accept(false, said("welcome"));

    assertThat(get(connecting).connAck().authenticationData()).isEqualTo(Slice.utf8("welcome"));
    line.expectNothing();
  }

  @Test
  @Statement("MQTT-4.12.0-3")
  void aQuestionWithoutDataIsAnsweredToo() {
    var _ = begin(echo());
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);
    Outgoing bare = Packets.auth(Reason.CONTINUE_AUTHENTICATION, method(METHOD));

    line.send(bare);

    assertThat(line.expect(PacketType.AUTH).whole()).isEqualTo(bare.bytes(Version.V5));
  }

  @Test
  @Statement({"MQTT-3.1.2-30", "MQTT-4.12.0-5"})
  void aLaterConnectionAuthenticatesAnewAndNothingElseGoesOutBefore() {
    Pair pair = connectEcho(NOTHING);
    pair.line().close();
    ServerScript.Line again = accept(Version.V5);
    expectHello(again.expect(PacketType.CONNECT), 2);

    CompletableFuture<Published> waits = pair.client().publish(message("waits", 1));
    for (String question : List.of("one", "two")) {
      again.send(auth(Reason.CONTINUE_AUTHENTICATION, question));
      again.expect(PacketType.AUTH);
    }
    again.accept(true, said("welcome"));

    again.send(Packets.pubAck(again.expectPublish("waits").packetId()));
    await(waits);
  }

  /// What a server may not say.
  record Wrong(String what, Slice bytes, int reason) {
    @Override
    public String toString() {
      return what;
    }
  }

  private static Wrong wrong(String what, Outgoing packet) {
    return new Wrong(what, Slice.wrap(packet.bytes(Version.V5)), Reason.PROTOCOL_ERROR);
  }

  private static byte[] connAck(Bytes properties) {
    Bytes body = new Bytes().u8(0).u8(0);
    return Bytes.packet(0x20, body.variable(properties.length()).raw(properties.toArray()));
  }

  private static byte[] withFlags(Outgoing packet) {
    byte[] bytes = packet.bytes(Version.V5);
    bytes[0] |= 1;
    return bytes;
  }

  static List<Wrong> wrongAuths() {
    Outgoing question = auth(Reason.CONTINUE_AUTHENTICATION, "who?");
    return List.of(
        new Wrong("flag bits", Slice.wrap(withFlags(question)), Reason.MALFORMED),
        wrong("the client's reason code", auth(Reason.REAUTHENTICATE, "who?")),
        wrong("a reason code of another packet", auth(Reason.NOT_AUTHORIZED, "who?")),
        wrong("another method", Packets.auth(Reason.CONTINUE_AUTHENTICATION, method("echo"))),
        wrong("no method", Packets.auth(Reason.CONTINUE_AUTHENTICATION, NOTHING)),
        wrong("nothing", _ -> Bytes.bytes(0xF0, 0).toArray()));
  }

  static List<Wrong> wrongBeforeTheConnAck() {
    List<Wrong> all = new ArrayList<>(wrongAuths());
    all.add(wrong("AUTH with success", auth(Reason.SUCCESS, "welcome")));
    all.add(wrong("CONNACK without method", _ -> connAck(NOTHING)));
    all.add(wrong("CONNACK with another method", _ -> connAck(method("echo"))));
    all.add(wrong("PUBLISH", Publish.publish("t", "early")));
    return all;
  }

  @ParameterizedTest
  @MethodSource("wrongBeforeTheConnAck")
  @Statement({"MQTT-3.1.2-30", "MQTT-3.15.1-1", "MQTT-3.15.2-1", "MQTT-4.12.0-5"})
  void whatTheServerMayNotSayEndsTheExchange(Wrong wrong) {
    CompletableFuture<Client> connecting = begin(echo());
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);

    line.send(wrong.bytes().toArray());

    assertThat(line.expect(PacketType.DISCONNECT).reason()).isEqualTo(wrong.reason());
    line.expectEnd();
    assertThat(failure(connecting)).isInstanceOf(ClientException.Unreachable.class);
    assertThat(received).isEmpty();
  }

  @Test
  @Statement("MQTT-3.1.2-30")
  void aServerThatIsNotBelievedIsLeft() {
    Outgoing inAuth = auth(Reason.CONTINUE_AUTHENTICATION, FORGED);
    Outgoing inConnAck = _ -> connAck(said(FORGED));
    for (Outgoing forged : List.of(inAuth, inConnAck)) {
      CompletableFuture<Client> connecting = begin(echo());
      ServerScript.Line line = accept(Version.V5);
      line.expect(PacketType.CONNECT);

      line.send(forged);

      assertThat(line.expect(PacketType.DISCONNECT).reason()).isEqualTo(Reason.UNSPECIFIED_ERROR);
      line.expectEnd();
      assertThat(failure(connecting))
          .isInstanceOf(AuthenticationFailed.class)
          .hasMessage("that is not my server");
    }
  }

  @Test
  void aServerMayRefuseWithinTheExchange() {
    CompletableFuture<Client> connecting = begin(echo());
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);
    line.send(auth(Reason.CONTINUE_AUTHENTICATION, "who?"));
    line.expect(PacketType.AUTH);

    line.connAck(false, Reason.NOT_AUTHORIZED, NOTHING);

    line.expectEnd();
    assertThat(failure(connecting))
        .isInstanceOfSatisfying(
            ClientException.ConnectRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED));
  }

  @Test
  void anExchangeThatDoesNotEndIsGivenUpInTime() {
    CompletableFuture<Client> connecting = begin(echo().connectTimeout(Duration.ofMillis(200)));

    accept(Version.V5).send(auth(Reason.CONTINUE_AUTHENTICATION, "who?")); // answered, or too late

    assertThat(failure(connecting))
        .isInstanceOf(ClientException.Unreachable.class)
        .hasMessageContaining("no answer within");
  }

  // Again.

  @Test
  @Statement({"MQTT-3.15.2-1", "MQTT-4.12.0-3", "MQTT-4.12.0-5", "MQTT-4.12.1-1"})
  void reAuthenticationGoesOnWhilePacketsFlow() {
    Pair pair = connectEcho(NOTHING);
    for (int i = 2; i < 5; i++) {
      CompletableFuture<?> done = pair.client().reAuthenticate();
      assertThat(pair.line().expect(PacketType.AUTH).whole())
          .isEqualTo(auth(Reason.REAUTHENTICATE, "hello " + i).bytes(Version.V5));

      CompletableFuture<Published> published = pair.client().publish(message("meanwhile", 1));
      pair.line().send(Packets.pubAck(pair.line().expectPublish("meanwhile").packetId()));
      await(published);
      pair.line().send(Publish.publish("t", "in between"));
      assertThat(nextReceived()).isEqualTo("in between");

      pair.line().send(auth(Reason.CONTINUE_AUTHENTICATION, "who?"));
      assertThat(pair.line().expect(PacketType.AUTH).whole())
          .isEqualTo(auth(Reason.CONTINUE_AUTHENTICATION, "who?").bytes(Version.V5));
      assertThat(done).isNotDone();
      pair.line().send(auth(Reason.SUCCESS, "welcome"));
      await(done);
    }
    pair.line().expectNothing();
  }

  @ParameterizedTest
  @MethodSource("wrongAuths")
  @Statement({"MQTT-3.15.1-1", "MQTT-3.15.2-1", "MQTT-4.12.0-5", "MQTT-4.12.1-2"})
  void whatTheServerMayNotSayEndsTheConnection(Wrong wrong) {
    Pair pair = connectEcho(NOTHING);
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    pair.line().send(wrong.bytes().toArray());

    assertThat(pair.line().expect(PacketType.DISCONNECT).reason()).isEqualTo(wrong.reason());
    pair.line().expectEnd();
    pair.line().close();
    assertThat(failure(done)).isInstanceOf(ClientException.ConnectionLost.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {Reason.CONTINUE_AUTHENTICATION, Reason.SUCCESS})
  @Statement("MQTT-4.12.1-2")
  void anAuthOutOfTurnEndsTheConnection(int reason) {
    Pair pair = connectEcho(NOTHING);
    await(reAuthenticated(pair));

    pair.line().send(auth(reason, "who?"));

    assertThat(pair.line().expect(PacketType.DISCONNECT).reason()).isEqualTo(Reason.PROTOCOL_ERROR);
    pair.line().expectEnd();
  }

  @ParameterizedTest
  @ValueSource(ints = {Reason.CONTINUE_AUTHENTICATION, Reason.SUCCESS})
  @Statement("MQTT-4.12.1-2")
  void aServerThatIsNotBelievedAnyMoreIsLeft(int reason) {
    Pair pair = connectEcho(NOTHING);
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    pair.line().send(auth(reason, FORGED));

    assertThat(pair.line().expect(PacketType.DISCONNECT).reason())
        .isEqualTo(Reason.UNSPECIFIED_ERROR);
    pair.line().expectEnd();
    pair.line().close();
    assertThat(failure(done))
        .isInstanceOf(AuthenticationFailed.class)
        .hasMessage("that is not my server");
    expectHello(accept(Version.V5).expect(PacketType.CONNECT), 3);
  }

  @Test
  @Statement("MQTT-4.12.1-2")
  void aRefusedReAuthenticationEndsTheConnectionAndTheClient() {
    Pair pair = connectEcho(NOTHING);
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    pair.line().send(Packets.disconnect(Reason.NOT_AUTHORIZED, NOTHING));

    pair.line().expectEnd();
    assertThat(failure(done))
        .isInstanceOfSatisfying(
            ClientException.ConnectionLost.class,
            lost -> assertThat(lost.reason()).isEqualTo(ReasonCode.NOT_AUTHORIZED));
    assertThat(failure(pair.client().ended())).hasMessageContaining("NOT_AUTHORIZED");
  }

  @Test
  @Statement({"MQTT-3.2.2-15", "MQTT-3.15.2-2", "MQTT-3.15.2-3"})
  void anAuthHasNothingToLeaveOutAndIsNotSentWhereItIsTooLarge() {
    int bytes = auth(Reason.REAUTHENTICATE, "hello 2").bytes(Version.V5).length;
    Pair exact = connectEcho(new Bytes().property(Property.MAXIMUM_PACKET_SIZE, bytes));
    var _ = exact.client().reAuthenticate();
    FromClient auth = exact.line().expect(PacketType.AUTH);
    assertThat(auth.whole()).hasSize(bytes);
    assertThat(auth.properties())
        .containsExactly(Property.AUTHENTICATION_METHOD, Property.AUTHENTICATION_DATA);

    Pair tooSmall = connectEcho(new Bytes().property(Property.MAXIMUM_PACKET_SIZE, bytes - 1));
    assertThat(failure(tooSmall.client().reAuthenticate()))
        .isInstanceOf(AuthenticationFailed.class)
        .hasMessageContaining("more than the server takes");
    tooSmall.line().expectNothing();
  }

  @Test
  @Statement({"MQTT-3.2.2-15", "MQTT-4.12.1-2"})
  void anAnswerThatIsTooLargeEndsTheConnection() {
    int bytes = auth(Reason.CONTINUE_AUTHENTICATION, "hello 2").bytes(Version.V5).length;
    Pair pair = connectEcho(new Bytes().property(Property.MAXIMUM_PACKET_SIZE, bytes));
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    pair.line().send(auth(Reason.CONTINUE_AUTHENTICATION, "a longer question"));

    assertThat(pair.line().expect(PacketType.DISCONNECT).reason())
        .isEqualTo(Reason.UNSPECIFIED_ERROR);
    pair.line().expectEnd();
    pair.line().close();
    assertThat(failure(done)).isInstanceOf(AuthenticationFailed.class);
  }

  @Test
  void anAuthenticatorMayTakeItsTime() {
    CountDownLatch held = new CountDownLatch(1);
    Authenticator slow =
        new Authenticator() {
          @Override
          public String method() {
            return METHOD;
          }

          @Override
          public Exchange begin() {
            return challenge -> {
              hold(held);
              return challenge;
            };
          }
        };
    ClientConfig.Builder config =
        config(durable(Version.V5).keepAliveSeconds(1)).authenticator(slow);
    Pair pair = connect(Version.V5, config, said("welcome"));
    var _ = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);
    pair.line().send(auth(Reason.CONTINUE_AUTHENTICATION, "who?"));

    // Of the client's own silence it does not accuse the server.
    pair.line().expect(PacketType.PINGREQ);
    pair.line().expect(PacketType.PINGREQ);
    held.countDown();

    pair.line().expect(PacketType.AUTH);
  }

  @Test
  void oneReAuthenticationIsUnderWayAtATime() {
    Pair pair = connectEcho(NOTHING);
    CompletableFuture<?> first = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    assertThat(failure(pair.client().reAuthenticate())).hasMessageContaining("under way");

    pair.line().send(auth(Reason.SUCCESS, "welcome"));
    await(first);
    await(reAuthenticated(pair));
  }

  @Test
  void aReAuthenticationDoesNotOutliveItsConnection() {
    Pair pair = connectEcho(NOTHING);
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);

    pair.line().close();

    assertThat(failure(done)).isInstanceOf(ClientException.ConnectionLost.class);
    ServerScript.Line again = accept(Version.V5);
    expectHello(again.expect(PacketType.CONNECT), 3);
    assertThat(failure(pair.client().reAuthenticate()))
        .isInstanceOfSatisfying(
            ClientException.ConnectionLost.class, lost -> assertThat(lost.retrySafe()).isTrue());
    again.accept(true, said("welcome"));
    again.expectNothing();
  }

  @Test
  void aClientThatIsOverDoesNotReAuthenticate() {
    Pair pair = connectEcho(NOTHING);
    pair.line().send(Packets.disconnect(Reason.SESSION_TAKEN_OVER, NOTHING));
    failure(pair.client().ended());

    assertThat(failure(pair.client().reAuthenticate())).isInstanceOf(ClientException.Closed.class);
  }

  @Test
  @Statement("MQTT-4.12.0-7")
  void withoutAnAuthenticatorThereIsNoReAuthentication() {
    Pair pair = connect(Version.V5, clean(Version.V5), NOTHING);

    assertThatThrownBy(pair.client()::reAuthenticate).isInstanceOf(IllegalStateException.class);

    pair.line().expectNothing();
  }

  private ClientConfig.Builder echo() {
    return config(durable(Version.V5)).authenticator(new Echo());
  }

  /// A client that was accepted without a question.
  private Pair connectEcho(Bytes connAckProperties) {
    return connect(Version.V5, echo(), said("welcome").raw(connAckProperties.toArray()));
  }

  private static CompletableFuture<?> reAuthenticated(Pair pair) {
    CompletableFuture<?> done = pair.client().reAuthenticate();
    pair.line().expect(PacketType.AUTH);
    pair.line().send(auth(Reason.SUCCESS, "welcome"));
    return done;
  }

  private static Bytes method(String name) {
    return new Bytes().property(Property.AUTHENTICATION_METHOD, name);
  }

  private static Bytes said(String data) {
    return method(METHOD).property(Property.AUTHENTICATION_DATA, Slice.utf8(data).toArray());
  }

  private static Outgoing auth(int reason, String data) {
    return Packets.auth(reason, said(data));
  }

  private static void expectHello(FromClient connect, int number) {
    assertThat(connect.value(Property.AUTHENTICATION_METHOD)).isEqualTo(METHOD);
    assertThat(connect.value(Property.AUTHENTICATION_DATA))
        .isEqualTo(Slice.utf8("hello " + number).toArray());
  }
}
