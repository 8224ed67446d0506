package io.dunlin.broker.store;

import io.dunlin.base.Slice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Random parts of records and rows.
final class RandomValues {
  final Random random;

  RandomValues(long seed) {
    this.random = new Random(seed);
  }

  Slice bytes() {
    byte[] bytes = new byte[random.nextInt(8) == 0 ? random.nextInt(2_000) : random.nextInt(20)];
    random.nextBytes(bytes);
    return Slice.wrap(bytes);
  }

  @Nullable Slice perhapsBytes() {
    return random.nextInt(3) == 0 ? null : bytes();
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(30); i > 0; i--) {
      text.appendCodePoint(
          random.nextInt(4) == 0 ? random.nextInt(0x1F300, 0x1F5FF) : 'a' + random.nextInt(26));
    }
    return text.toString();
  }

  long number() {
    return random.nextLong() >>> random.nextInt(64);
  }

  int identifier() {
    return random.nextInt(1 << 28);
  }

  <T> List<T> list(Supplier<T> element) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(random.nextInt(10) == 0 ? 300 : 5); i > 0; i--) {
      list.add(element.get());
    }
    return list;
  }

  Records.SubscriptionRow subscription() {
    return new Records.SubscriptionRow(
        number(),
        number(),
        bytes(),
        random.nextInt(64),
        identifier(),
        random.nextBoolean(),
        perhapsBytes());
  }

  Records.Decision record() {
    return switch (random.nextInt(13)) {
      case 0 ->
          new Records.Open(
              number(),
              number(),
              random.nextBoolean(),
              random.nextBoolean(),
              text(),
              text(),
              text(),
              random.nextLong(1L << 32),
              random.nextInt(65_536),
              number(),
              number(),
              number(),
              perhapsBytes(),
              random.nextLong(1L << 32));
      case 1 -> new Records.Closed(number(), number(), number(), random.nextBoolean());
      case 2 -> new Records.Ended(number());
      case 3 -> new Records.Subscribed(number(), list(this::subscription));
      case 4 -> new Records.Unsubscribed(number(), list(this::bytes));
      case 5 -> new Records.Finished(number(), number(), random.nextBoolean(), random.nextInt());
      case 6 -> new Records.Received(number(), number());
      case 7 -> new Records.Released(number(), random.nextInt(65_536));
      case 8 -> new Records.GroupJoined(number(), bytes(), number(), number(), number(), number());
      case 9 -> new Records.GroupLeft(number(), bytes(), number());
      case 10 ->
          new Records.LoanEnded(
              number(),
              number(),
              number(),
              number(),
              random.nextBoolean(),
              random.nextBoolean(),
              random.nextInt());
      case 11 -> new Records.Renamed(number(), number(), random.nextInt(65_536));
      default -> new Records.RetainedSent(number(), number(), perhapsBytes());
    };
  }

  SessionRow sessionRow() {
    return new SessionRow(
        number(),
        number(),
        random.nextBoolean(),
        text(),
        text(),
        text(),
        random.nextBoolean(),
        number(),
        number(),
        random.nextInt(),
        number(),
        number(),
        number(),
        number(),
        number(),
        number(),
        perhapsBytes(),
        number(),
        Map.of(number(), random.nextInt(65_536)),
        Map.of(bytes(), number()),
        list(() -> random.nextInt(65_536)),
        list(this::subscription),
        list(() ->
            new SessionRow.Lent(
                number(), number(), number(), 1 + random.nextInt(2), random.nextInt())),
        random.nextBoolean() ? null : list(() -> new SessionRow.Member(number(), number())));
  }

  QueueRow queueRow() {
    return new QueueRow(
        number(),
        1 + random.nextInt(2),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextInt(),
        list(this::identifier),
        number(),
        perhapsBytes());
  }

  /// Points `view` at a new message whose parts lie in buffers of their own.
  void message(MessageView view) {
    ByteBuffer topic = apart(bytes());
    ByteBuffer properties = apart(bytes());
    ByteBuffer payload = apart(bytes());
    view.set(
        random.nextInt(3),
        random.nextBoolean(),
        random.nextBoolean() ? MessageView.NEVER : random.nextLong(1L << 50),
        topic,
        3,
        topic.limit(),
        properties,
        3,
        properties.limit(),
        payload,
        3,
        payload.limit());
  }

  private static ByteBuffer apart(Slice bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length() + 3);
    bytes.copyTo(buffer, 3);
    return buffer;
  }
}
