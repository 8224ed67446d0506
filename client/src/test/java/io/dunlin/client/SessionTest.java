package io.dunlin.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dunlin.base.Slice;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.PubAck;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.ReasonCode;
import io.dunlin.mqtt.SubAck;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.Unsubscribe;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionTest {
  private static final int IDENTIFIERS = 65_535;

  /// To a server that accepts, and then neither says nor refuses anything.
  private record AcceptedLink(InputStream in, OutputStream out) implements Link {
    static AcceptedLink make() {
      byte[] connAck = {0x20, 3, 0, 0, 0};
      return new AcceptedLink(new ByteArrayInputStream(connAck), OutputStream.nullOutputStream());
    }

    @Override
    public void finish() {}

    @Override
    public void abort() {}
  }

  private final BlockingQueue<Packet> sent = new LinkedBlockingQueue<>();
  private final List<Connection> connections = new ArrayList<>();
  private final Session session = new Session(2, 0);

  @AfterEach
  void end() {
    connections.forEach(each -> each.end(new ClientException.Closed(null, true)));
  }

  @Test
  void aMessageThatOthersHavePassedIsPublishedAnewWhenTheSessionIsLost() throws Exception {
    connect(false);
    CompletableFuture<Published> passed = publish("passed");
    next(Publish.class);
    passOthers(3_000);

    connect(false);

    Publish again = next(Publish.class);
    assertThat(again.payload().utf8()).isEqualTo("passed");
    assertThat(again.dup()).isFalse();
    acknowledge(again);
    assertThat(passed).isCompleted();
  }

  @Test
  void aMessageThatOthersHavePassedFailsWithTheClient() throws Exception {
    connect(false);
    CompletableFuture<Published> passed = publish("passed");
    next(Publish.class);
    passOthers(3_000);
    connect(false);

    session.failAll(null);
    complete();

    assertThatThrownBy(passed::join).hasCauseInstanceOf(ClientException.Closed.class);
  }

  @Test
  void anIdentifierThatAnOldMessageHoldsIsReplacedAtOnce() throws Exception {
    connect(false);
    var _ = publish("old");
    int held = next(Publish.class).packetId();
    passOthers(IDENTIFIERS - 1);

    CompletableFuture<Published> message = publish("its turn");

    Publish replaced = next(Publish.class);
    assertThat(replaced.packetId()).isNotZero().isNotEqualTo(held);
    acknowledge(replaced);
    assertThat(message).isCompleted();
  }

  @Test
  void theReplacementIsNotAnIdentifierThatARequestHas() throws Exception {
    connect(false);
    var _ = publish("old");
    next(Publish.class);
    passOthers(IDENTIFIERS - 1);
    subscribe();
    int ofTheRequest = next(Subscribe.class).packetId();

    var _ = publish("its turn");
    publishAtMostOnce("passes");

    assertThat(next(Publish.class).payload().utf8()).isEqualTo("passes");
    session.on(new SubAck(ofTheRequest, List.of(ReasonCode.SUCCESS)));
    Publish replaced = next(Publish.class);
    assertThat(replaced.payload().utf8()).isEqualTo("its turn");
    assertThat(replaced.packetId()).isEqualTo(ofTheRequest);
  }

  @Test
  void anUnsubscribeWithoutAnAnswerGoesBehindWhatIsSubscribedAnew() throws Exception {
    connect(false);
    subscribe();
    session.on(new SubAck(next(Subscribe.class).packetId(), List.of(ReasonCode.SUCCESS)));
    session.request(
        new Requests.Unsubscribing(
            List.of(TopicFilter.of("t")), List.of(), new CompletableFuture<>()));
    next(Unsubscribe.class);

    connect(false);

    next(Subscribe.class);
    next(Unsubscribe.class);
  }

  @Test
  void noMoreIsInFlightThanTheClientAllows() throws Exception {
    connect(false);
    var _ = publish("1");
    var _ = publish("2");
    var _ = publish("3");
    publishAtMostOnce("passes");

    Publish first = next(Publish.class);
    next(Publish.class);
    assertThat(next(Publish.class).payload().utf8()).isEqualTo("passes");
    acknowledge(first);
    assertThat(next(Publish.class).payload().utf8()).isEqualTo("3");
  }

  private void connect(boolean sessionPresent) throws Exception {
    ClientListener listener =
        new ClientListener() {
          @Override
          public void onSent(Packet packet) {
            sent.add(packet);
          }
        };
    ClientConfig config =
        ClientConfig.builder(BrokerAddress.tcp("127.0.0.1", 1), "c").listener(listener).build();
    Connection connection = Connection.greet(config, AcceptedLink.make(), config.connect());
    next(Connect.class);
    connections.add(connection);
    var _ = connection.start();
    session.onConnected(connection, sessionPresent);
    complete();
  }

  private static Message message(String payload, Qos qos) {
    return Message.of("t", Slice.utf8(payload), qos);
  }

  private CompletableFuture<Published> publish(String payload) {
    CompletableFuture<Published> future = new CompletableFuture<>();
    session.publish(message(payload, Qos.AT_LEAST_ONCE), future);
    complete();
    return future;
  }

  private void publishAtMostOnce(String payload) {
    session.publishAtMostOnce(message(payload, Qos.AT_MOST_ONCE), new CompletableFuture<>());
  }

  private void subscribe() {
    Subscription all =
        new Subscription(TopicFilter.of("t"), SubscriptionOptions.of(Qos.AT_MOST_ONCE));
    session.request(
        new Requests.Subscribing(List.of(all), 0, List.of(), new CompletableFuture<>()));
  }

  /// So many messages are published and finished.
  private void passOthers(int count) throws Exception {
    for (int i = 0; i < count; i++) {
      var _ = publish("other");
      acknowledge(next(Publish.class));
    }
  }

  private void acknowledge(Publish publish) throws Exception {
    session.on(new PubAck(publish.packetId(), ReasonCode.SUCCESS));
    complete();
  }

  private void complete() {
    session.takeCompletions().forEach(Runnable::run);
  }

  /// The next packet that was sent.
  private <P extends Packet> P next(Class<P> kind) throws InterruptedException {
    Packet packet = sent.poll(10, TimeUnit.SECONDS);
    assertThat(packet).isInstanceOf(kind);
    return kind.cast(packet);
  }
}
