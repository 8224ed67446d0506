package io.dunlin.tests.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.ClientListener;
import io.dunlin.client.Published;
import io.dunlin.client.Reconnect;
import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.ReasonCode;
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
  void theHandlerMayPublishMoreThanMayBeUnfinished() {
    CompletableFuture<Client> own = new CompletableFuture<>();
    ClientConfig.Builder config =
        config(clean(Version.V5))
            .maxUnfinished(1)
            .inbox(1, 1 << 20)
            .handler(message -> {
              var _ = await(own).publish(message("answer", 1));
              received.add(message.message().payload().utf8());
            });
    Pair pair = connect(Version.V5, config, NOTHING);
    for (int i = 0; i < 4; i++) { // before any answer: the reader meets a full inbox
      pair.line().send(Publish.publish("t", "m" + i));
    }
    own.complete(pair.client());

    for (int i = 0; i < 4; i++) {
      FromClient answer = pair.line().expectPublish("answer");
      pair.line().send(Packets.pubAck(answer.packetId()));
      assertThat(nextReceived()).isEqualTo("m" + i);
    }
  }

  @Test
  void theHandlerThatPublishesFarTooMuchIsTold() {
    CompletableFuture<Client> own = new CompletableFuture<>();
    CompletableFuture<Published> tooMuch = new CompletableFuture<>();
    ClientConfig.Builder config =
        config(clean(Version.V5))
            .maxUnfinished(1)
            .handler(_ -> {
              CompletableFuture<Published> last = await(own).publish(message("m", 1));
              for (int i = 0; i < 65_535; i++) {
                last = await(own).publish(message("m", 1));
                received.add(String.valueOf(last.isDone()));
              }
              var _ =
                  await(own)
                      .publish(message("m", 1))
                      .whenComplete((_, why) -> tooMuch.completeExceptionally(why));
            });
    Pair pair = connect(Version.V5, config, NOTHING);
    own.complete(pair.client());

    pair.line().send(Publish.publish("t", "go"));

    assertThat(failure(tooMuch))
        .isInstanceOfSatisfying(
            ClientException.PublishRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(ReasonCode.QUOTA_EXCEEDED));
    assertThat(received).hasSize(65_535).doesNotContain("true");
  }

  @Test
  void whatDependsOnAFutureMayPublishMoreThanMayBeUnfinished() {
    Pair pair = connect(Version.V5, config(clean(Version.V5)).maxUnfinished(1), NOTHING);
    CompletableFuture<Published> second =
        pair.client()
            .publish(message("1", 1))
            .thenCompose(_ -> {
              var _ = pair.client().publish(message("2", 1));
              return pair.client().publish(message("3", 1));
            });

    for (int i = 1; i <= 3; i++) {
      FromClient publish = pair.line().expectPublish(String.valueOf(i));
      pair.line().send(Packets.pubAck(publish.packetId()));
    }

    await(second);
  }

  @Test
  void aListenerThatThrowsDisturbsNobody() {
    ClientListener throwing =
        new ClientListener() {
          @Override
          public void onConnected(ConnAck connAck) {
            throw new IllegalStateException("onConnected");
          }

          @Override
          public void onDisconnected(ClientException why, Duration retryIn) {
            throw new IllegalStateException("onDisconnected");
          }

          @Override
          public void onSent(Packet packet) {
            throw new IllegalStateException("onSent");
          }

          @Override
          public void onReceived(Packet packet) {
            throw new IllegalStateException("onReceived");
          }
        };
    Pair pair = connect(Version.V5, config(durable(Version.V5)).listener(throwing), NOTHING);

    ServerScript.Line again = reconnect(pair.line(), Version.V5, true);
    CompletableFuture<Published> published = pair.client().publish(message("m", 1));
    again.send(Packets.pubAck(again.expectPublish("m").packetId()));

    await(published);
    assertThat(pair.client().ended()).isNotDone();
  }

  @Test
  void aClientThatFailsByItselfEndsAndSaysWhy() {
    Duration tooLong = Duration.ofSeconds(Long.MAX_VALUE); // for the arithmetic
    Reconnect failing = new Reconnect(tooLong, tooLong, 1);
    Pair pair = connect(Version.V5, config(clean(Version.V5)).reconnect(failing), NOTHING);
    CompletableFuture<Published> waiting = pair.client().publish(message("m", 1));
    pair.line().expectPublish("m");

    pair.line().close();

    assertThat(failure(pair.client().ended()))
        .isInstanceOf(ClientException.ConnectionLost.class)
        .hasCauseInstanceOf(ArithmeticException.class);
    assertThat(failure(waiting)).isInstanceOf(ClientException.Closed.class);
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

    Thread closing = Thread.ofVirtual().start(pair.client()::close);
    awaitJoin(closing);
    pair.line().expectNothing();
    held.countDown();

    pair.line().expect(PacketType.PUBACK, 1);
    pair.line().expect(PacketType.DISCONNECT); // the other stays with the server
    pair.line().close();
  }

  /// Until the thread waits for another one to end.
  private static void awaitJoin(Thread thread) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (thread.getState() != Thread.State.TIMED_WAITING) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
      Thread.onSpinWait();
    }
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
}
