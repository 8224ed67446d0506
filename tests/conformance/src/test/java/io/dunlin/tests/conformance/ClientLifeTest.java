package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Published;
import io.dunlin.client.Reconnect;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What the client promises beyond the specification: bounds, reconnecting, and its end.
class ClientLifeTest extends ClientConformanceTest {
  @Test
  void aServerThatIsSilentIsLeftForAnotherConnection() {
    Pair pair = connect(Version.V5, durable(Version.V5).keepAliveSeconds(1), NOTHING);
    pair.line().expect(PacketType.PINGREQ);

    pair.line().expectEnd();

    ServerScript.Line again = accept(Version.V5);
    again.expect(PacketType.CONNECT);
  }

  @Test
  void aClientThatMayNotReconnectEnds() {
    Pair pair = connect(Version.V5, config(clean(Version.V5)).reconnect(Reconnect.NEVER), NOTHING);
    CompletableFuture<Published> waiting = pair.client().publish(message("m", 1));
    pair.line().expectPublish("m");

    pair.line().close();

    assertThat(failure(pair.client().ended())).isInstanceOf(ClientException.ConnectionLost.class);
    assertThat(failure(waiting))
        .isInstanceOfSatisfying(
            ClientException.Closed.class,
            closed -> assertThat(closed.retrySafe()).as("it may have arrived").isFalse());
    assertThat(failure(pair.client().publish(message("late", 0))))
        .isInstanceOfSatisfying(
            ClientException.Closed.class, closed -> assertThat(closed.retrySafe()).isTrue());
  }

  @Test
  void aSessionThatWasTakenOverIsNotFoughtFor() {
    Pair pair = connect(Version.V5, durable(Version.V5), NOTHING);

    pair.line().send(Packets.disconnect(0x8E, NOTHING));

    assertThat(failure(pair.client().ended())).hasMessageContaining("SESSION_TAKEN_OVER");
  }

  @Test
  void whatIsPublishedWithoutAConnectionWaitsForOne() {
    Pair pair = connect(Version.V5, durable(Version.V5), NOTHING);
    pair.line().close();
    ServerScript.Line again = accept(Version.V5);
    again.expect(PacketType.CONNECT);

    CompletableFuture<Published> waits = pair.client().publish(message("waits", 1));
    CompletableFuture<Published> refused = pair.client().publish(message("lost", 0));

    assertThat(failure(refused))
        .isInstanceOfSatisfying(
            ClientException.ConnectionLost.class, lost -> assertThat(lost.retrySafe()).isTrue());
    again.accept(true, NOTHING);
    FromClient publish = again.expectPublish("waits");
    assertThat(publish.dup()).isFalse();
    again.send(Packets.pubAck(publish.packetId()));
    await(waits);
  }

  @Test
  void publishWaitsWhileTooMuchIsUnfinished() throws InterruptedException {
    Pair pair = connect(Version.V5, config(clean(Version.V5)).maxUnfinished(2), NOTHING);
    CountDownLatch third = new CountDownLatch(1);
    Thread.ofVirtual()
        .start(() -> {
          for (int i = 1; i <= 3; i++) {
            var _ = pair.client().publish(message("m" + i, 1));
          }
          third.countDown();
        });
    pair.line().expectPublish("m1");
    pair.line().expectPublish("m2");
    pair.line().expectNothing();
    assertThat(third.getCount()).isEqualTo(1);

    pair.line().send(Packets.pubAck(1));

    pair.line().expectPublish("m3");
    assertThat(third.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void nothingIsReadWhileTheInboxIsFull() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    ClientConfig.Builder config =
        config(clean(Version.V5).keepAliveSeconds(1))
            .inbox(2, 1 << 20)
            .handler(message -> {
              hold(held);
              received.add(message.message().payload().utf8());
            });
    Pair pair = connect(Version.V5, config, NOTHING);
    for (int i = 0; i < 4; i++) { // one with the handler, two that wait, one that does not fit
      pair.line().send(Publish.publish("t", "m" + i));
    }
    pair.line().send(Packets.pubRel(1)); // would be answered

    // Of the client's own silence it does not accuse the server.
    pair.line().expect(PacketType.PINGREQ);
    pair.line().expect(PacketType.PINGREQ);
    held.countDown();

    pair.line().expect(PacketType.PUBCOMP, 1);
    for (int i = 0; i < 4; i++) {
      assertThat(nextReceived()).isEqualTo("m" + i);
    }
  }

  @Test
  void theMessageInHandIsAcknowledgedBeforeTheDisconnect() {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch began = new CountDownLatch(1);
    ClientConfig.Builder config =
        config(clean(Version.V5))
            .handler(message -> {
              began.countDown();
              hold(held);
            });
    Pair pair = connect(Version.V5, config, NOTHING);
    pair.line().send(Publish.publish("t", "1").qos(1, 1), Publish.publish("t", "2").qos(1, 2));
    hold(began);

    Thread.ofVirtual().start(pair.client()::close);
    pair.line().expectNothing();
    held.countDown();

    pair.line().expect(PacketType.PUBACK, 1);
    pair.line().expect(PacketType.DISCONNECT); // the other stays with the server
    pair.line().close();
  }

  @Test
  void theHandlerMayCloseItsClient() {
    CompletableFuture<Client> own = new CompletableFuture<>();
    ClientConfig.Builder config = config(clean(Version.V5)).handler(_ -> await(own).close());
    Pair pair = connect(Version.V5, config, NOTHING);
    own.complete(pair.client());

    pair.line().send(Publish.publish("t", "1").qos(1, 1));

    pair.line().expect(PacketType.PUBACK, 1);
    pair.line().expect(PacketType.DISCONNECT);
    pair.line().close();
    await(pair.client().ended());
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUpInTime() {
    CompletableFuture<Client> connecting =
        begin(config(clean(Version.V5)).connectTimeout(Duration.ofMillis(200)));
    accept(Version.V5).expect(PacketType.CONNECT);

    assertThat(failure(connecting))
        .isInstanceOf(ClientException.Unreachable.class)
        .hasMessageContaining("no answer within");
  }

  @Test
  void theIdentifierThatTheServerChoseIsKept() {
    CompletableFuture<Client> connecting =
        begin(config(io.dunlin.mqtt.Connect.builder(mqtt(Version.V5), "")));
    ServerScript.Line line = accept(Version.V5);
    line.expect(PacketType.CONNECT);
    line.accept(false, new Bytes().property(Property.ASSIGNED_CLIENT_IDENTIFIER, "chosen"));
    assertThat(get(connecting).clientId()).isEqualTo("chosen");

    line.close();

    byte[] connect = accept(Version.V5).expect(PacketType.CONNECT).whole();
    assertThat(new String(connect, java.nio.charset.StandardCharsets.US_ASCII)).endsWith("chosen");
  }

  private static void hold(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
