package io.dunlin.tests.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.base.Slice;
import io.dunlin.client.BrokerAddress;
import io.dunlin.client.Client;
import io.dunlin.client.ClientConfig;
import io.dunlin.client.ClientException;
import io.dunlin.client.Message;
import io.dunlin.client.Published;
import io.dunlin.client.Reconnect;
import io.dunlin.client.TlsConfig;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.UserProperty;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Our client with a broker that others wrote: Mosquitto, over each transport that it has.
@Tag("mosquitto")
class ForeignBrokerTest {
  @TempDir static Path directory;

  private static MosquittoBroker broker;

  @BeforeAll
  static void startTheBroker() throws Exception {
    broker = MosquittoBroker.start(directory);
  }

  @AfterAll
  static void stopTheBroker() {
    broker.close();
  }

  static Stream<Arguments> versionsAndQos() {
    return Stream.of(MqttVersion.values())
        .flatMap(version -> IntStream.range(0, 3).mapToObj(qos -> Arguments.of(version, qos)));
  }

  @ParameterizedTest
  @MethodSource("versionsAndQos")
  void messagesGoToAndFro(MqttVersion version, int qos) throws Exception {
    exchange(broker.tcp(), version, Qos.of(qos), 200);
  }

  @ParameterizedTest
  @EnumSource(MosquittoBroker.Way.class)
  void messagesGoOverEachTransport(MosquittoBroker.Way way) throws Exception {
    exchange(broker.address(way), MqttVersion.V5, Qos.EXACTLY_ONCE, 20);
    exchange(broker.address(way), MqttVersion.V3_1_1, Qos.AT_LEAST_ONCE, 20);
  }

  @Test
  void aServerThatNobodyVouchesForIsNotTrusted() {
    BrokerAddress unknown = broker.address(MosquittoBroker.Way.TLS).withTls(TlsConfig.DEFAULT);

    assertThat(failure(unknown)).hasMessageContaining("TLS failed");
  }

  @Test
  void theServersCertificateMustBeForTheHost() {
    BrokerAddress right = broker.address(MosquittoBroker.Way.TLS);
    BrokerAddress wrong = BrokerAddress.tcp("127.0.0.2", right.port()).withTls(right.tls());

    assertThat(failure(wrong)).hasMessageContaining("TLS failed");
    assertThat(failure(wrong.withTls(tlsOf(right).withCheckHostName(false)))).isNull();
  }

  @Test
  void authoritiesCanBeAllThoseOfADirectory(@TempDir Path authorities) throws Exception {
    BrokerAddress secured = broker.address(MosquittoBroker.Way.TLS);
    Files.copy(Objects.requireNonNull(tlsOf(secured).caFile()), authorities.resolve("ca.0"));
    Files.writeString(authorities.resolve("README"), "other files are passed over");

    assertThat(failure(secured.withTls(TlsConfig.DEFAULT.withCaFile(authorities)))).isNull();
  }

  @Test
  void cipherSuitesCanBeChosen() {
    BrokerAddress secured = broker.address(MosquittoBroker.Way.TLS);
    TlsConfig tls = tlsOf(secured);

    assertThat(failure(secured.withTls(tls.withCipherSuites(List.of("TLS_AES_128_GCM_SHA256")))))
        .isNull();
    assertThat(failure(secured.withTls(tls.withCipherSuites(List.of("ROT13")))))
        .hasMessageContaining("ROT13");
  }

  @Test
  void aServerThatAsksForACertificateRefusesWhoHasNone() {
    BrokerAddress mutual = broker.address(MosquittoBroker.Way.MUTUAL_TLS);
    TlsConfig without = TlsConfig.DEFAULT.withCaFile(tlsOf(mutual).caFile());

    assertThat(failure(mutual)).isNull();
    assertThat(failure(mutual.withTls(without))).isInstanceOf(ClientException.Unreachable.class);
  }

  @Test
  void propertiesArrive() throws Exception {
    BlockingQueue<Message> received = new LinkedBlockingQueue<>();
    ClientConfig config =
        config(broker.tcp(), MqttVersion.V5, "properties")
            .handler(message -> received.add(message.message()))
            .build();
    try (Client client = Client.connect(config)) {
      client.subscribe("properties", Qos.AT_LEAST_ONCE).join();
      Message message =
          Message.builder("properties")
              .payload("p")
              .qos(Qos.AT_LEAST_ONCE)
              .contentType("text/plain")
              .correlationData(Slice.utf8("c"))
              .userProperties(List.of(new UserProperty("k", "v"), new UserProperty("k", "w")))
              .build();

      client.publish(message).join();

      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(message);
    }
  }

  /// Subscribes, publishes, and receives what was published, in its order.
  private static void exchange(BrokerAddress address, MqttVersion version, Qos qos, int count)
      throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    String name = version + "/" + qos;
    ClientConfig config =
        config(address, version, name)
            .maxUnfinished(20) // Before 5.0 Mosquitto loses QoS 2 messages above.
            .handler(message -> received.add(message.message().payload().utf8()))
            .build();
    try (Client client = Client.connect(config)) {
      client.subscribe(name, qos).join();
      List<CompletableFuture<Published>> all = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        all.add(client.publish(Message.of(name, Slice.utf8("m" + i), qos)));
      }
      all.forEach(CompletableFuture::join);
      for (int i = 0; i < count; i++) {
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("m" + i);
      }
    }
    assertThat(received).isEmpty();
  }

  private static ClientConfig.Builder config(
      BrokerAddress address, MqttVersion version, String clientId) {
    return ClientConfig.builder(
            address,
            Connect.builder(version, clientId.replace('/', '-')).keepAliveSeconds(30).build())
        .connectTimeout(Duration.ofSeconds(20))
        .reconnect(Reconnect.NEVER);
  }

  private static TlsConfig tlsOf(BrokerAddress address) {
    return Objects.requireNonNull(address.tls());
  }

  /// Why a connection cannot be had; null if it can.
  private static @Nullable ClientException failure(BrokerAddress address) {
    try {
      Client.connect(config(address, MqttVersion.V5, "failing").build()).close();
      return null;
    } catch (ClientException e) {
      return e;
    }
  }
}
