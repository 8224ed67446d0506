package io.dunlin.broker.shard;

import io.dunlin.base.Clock;
import io.dunlin.base.Slice;
import io.dunlin.broker.spi.Access;
import io.dunlin.broker.spi.Login;
import io.dunlin.broker.store.CountingStore;
import io.dunlin.broker.store.Keeper;
import io.dunlin.broker.store.QueueRow;
import io.dunlin.broker.store.SessionRow;
import io.dunlin.codec.PacketDecoder;
import io.dunlin.codec.PacketEncoder;
import io.dunlin.codec.PacketFrame;
import io.dunlin.codec.Sender;
import io.dunlin.mqtt.Connect;
import io.dunlin.mqtt.MalformedPacket;
import io.dunlin.mqtt.MqttVersion;
import io.dunlin.mqtt.Packet;
import io.dunlin.mqtt.Publish;
import io.dunlin.mqtt.Qos;
import io.dunlin.mqtt.Subscribe;
import io.dunlin.mqtt.Subscription;
import io.dunlin.mqtt.SubscriptionOptions;
import io.dunlin.mqtt.TopicFilter;
import io.dunlin.mqtt.TopicName;
import io.dunlin.storage.FileLog;
import io.dunlin.storage.Log;
import io.dunlin.storage.LogConfig;
import io.dunlin.storage.MemoryStore;
import io.dunlin.storage.WriteBatch;
import io.dunlin.storage.fixture.SimDisk;
import io.dunlin.transport.ConnectionHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Shards with a real log and store on simulated ground, and clients that speak packets. All on the
/// test's thread; time moves only when it is told to, or to wait for the log.
public final class ShardBench implements Clock {
  static final Limits LIMITS = new TestLimits().build();

  public final List<Shard> shards = new ArrayList<>();
  public final List<FakeLoop> loops = new ArrayList<>();
  final List<RefusingAppender> appenders = new ArrayList<>();
  final List<IOException> failures = new ArrayList<>();
  final MemoryStore store;
  final CountingStore counted; // what the keeper asks of it
  final RetainedMessages retained = new RetainedMessages(1_000, 1 << 20);

  /// Of two connections; who is opened without a reception is not asked.
  public final Admission admission = new Admission(2);

  final Numbers numbers = new Numbers();
  final Keeper keeper;
  final SimDisk disk;
  private final FileLog log;
  private final Access access;
  private final Limits limits;
  private final ArrayDeque<Runnable> keeperWork = new ArrayDeque<>();
  private long nanos = 1_000_000_000L;
  private long connections;
  int spilled; // shards that have, in all

  /// So many shards, and who may do what.
  public ShardBench(int count, Access access) {
    this(count, access, LIMITS);
  }

  ShardBench(int count, Access access, Limits limits) {
    this(count, access, limits, new SimDisk(1), new MemoryStore());
  }

  private ShardBench(int count, Access access, Limits limits, SimDisk disk, MemoryStore store) {
    this.access = access;
    this.limits = limits;
    this.disk = disk;
    this.store = store;
    this.counted = new CountingStore(store);
    log =
        FileLog.open(
            disk,
            LogConfig.defaults(count)
                .withSizes(1 << 20, 64 << 10, 128 << 10)
                .withTimes(0, 50_000_000, this));
    keeper = new Keeper(counted, log, keeperWork::add, failures::add);
    SubscriptionBook book = new SubscriptionBook(count, 1);
    Shard.Shared shared =
        new Shard.Shared(limits, access, keeper, numbers, retained, book, admission);
    try {
      for (int i = 0; i < count; i++) {
        FakeLoop loop = new FakeLoop(i, this);
        loops.add(loop);
        RefusingAppender appender = new RefusingAppender(log.appender(i));
        appenders.add(appender);
        shards.add(new Shard(loop, count, appender, shared));
      }
      for (Shard shard : shards) {
        shards.forEach(shard::connectMailbox);
      }
      recover();
      log.start(List.copyOf(shards), failures::add);
    } catch (IOException e) {
      throw new IllegalStateException("the simulated disk fails", e);
    }
    keeper.serve(log.committedPosition());
    shards.forEach(Shard::serve);
  }

  private void recover() throws IOException {
    keeper.recoverFrom(store.position());
    keeper.sessions(row ->
        shards.stream()
            .filter(shard -> shard.owns(row.number()))
            .forEach(shard -> shard.restore(row)));
    keeper.retained((topic, row) -> retained.restore(topic, row.rank(), row.message()));
    numbers.restore(keeper.numbers(), retained);
    log.recover(
        store.position(),
        new Log.RecordVisitor() {
          @Override
          public void record(long position, ByteBuffer buffer, int from, int to) {
            shards.forEach(shard -> shard.replay(buffer, from, to, position));
          }

          @Override
          public void damaged(long position, ByteBuffer buffer, int from, int to) {
            shards.forEach(shard -> shard.replayDamaged(buffer, from, to, position));
          }
        });
    shards.forEach(Shard::recovered);
  }

  /// The broker's process is killed, at this very moment, and started again.
  ShardBench killed() {
    return killed(limits);
  }

  /// The same, and it comes back with other limits.
  ShardBench killed(Limits newLimits) {
    disk.kill();
    store.crash();
    ShardBench next = new ShardBench(shards.size(), access, newLimits, disk, store);
    next.nanos = nanos;
    next.settle();
    return next;
  }

  @Override
  public long nanos() {
    return nanos;
  }

  @Override
  public long epochMillis() {
    return 1_700_000_000_000L + nanos / 1_000_000;
  }

  /// The log has no room for any shard, or has some again.
  void full(boolean full) {
    appenders.forEach(appender -> appender.refuses = full);
    if (!full) {
      shards.forEach(Shard::roomAgain);
    }
  }

  /// The log commits what it was given; the loops hear of it at their next turn.
  void commitAlone() {
    log.work();
  }

  /// The log does one round of its work.
  void commit() {
    loops.forEach(FakeLoop::turn);
    for (int i = 0; i < 3 && log.work() == 0; i++) {
      nanos = Math.max(nanos, Math.min(log.nextWorkNanos(), nanos + 1_000_000_000L));
    }
  }

  /// Turns everything until nothing happens any more; waits for the log, not for timers.
  public void settle() {
    boolean busy = true;
    while (busy) {
      loops.forEach(FakeLoop::turn);
      busy = false;
      for (Runnable run = keeperWork.poll(); run != null; run = keeperWork.poll()) {
        run.run();
        busy = true;
      }
      busy |= log.work() > 0;
      busy |= loops.stream().anyMatch(FakeLoop::busy);
      long next = log.nextWorkNanos();
      if (!busy && next != Long.MAX_VALUE) {
        nanos = Math.max(nanos, next);
        busy = true;
      }
    }
  }

  /// Lets time pass, tick by tick.
  public void pass(long seconds) {
    long end = nanos + seconds * 1_000_000_000L;
    while (nanos < end) {
      nanos = Math.min(end, nanos + 100_000_000L);
      settle();
    }
  }

  /// Lets time pass while the log does nothing.
  void passWithoutTheLog(long deltaNanos) {
    nanos += deltaNanos;
    for (int i = 0; i < 3; i++) {
      loops.forEach(FakeLoop::turn);
    }
  }

  /// Gives rows of all that changed to the store, and lets go of the log.
  void checkpoint() {
    settle();
    spill();
    settle();
    keeper.submit(new Keeper.PutNumbers(numbers.row(retained)));
    keeper.submit(new Keeper.Checkpoint(log.committedPosition(), kept -> {}));
    settle();
  }

  /// The store flushes by itself.
  void flush() {
    store.flush();
  }

  /// Begins to give rows of all that changed to the store.
  void spill() {
    for (int i = 0; i < shards.size(); i++) {
      Shard shard = shards.get(i);
      loops
          .get(i)
          .execute(() -> shard.spill(() -> spilled++, e -> failures.add(new IOException(e))));
    }
  }

  /// Turns everything but the log until nothing happens any more: nothing is committed.
  void settleWithoutTheLog() {
    boolean busy = true;
    while (busy) {
      loops.forEach(FakeLoop::turn);
      busy = loops.stream().anyMatch(FakeLoop::busy);
      for (Runnable run = keeperWork.poll(); run != null; run = keeperWork.poll()) {
        run.run();
        busy = true;
      }
    }
  }

  /// The row of a session in the store.
  SessionRow row(String clientId) {
    List<SessionRow> rows = new ArrayList<>();
    store.scan(
        Keeper.FAMILIES.indexOf("sessions"),
        new byte[0],
        null,
        (_, value) -> {
          SessionRow row = SessionRow.decode(value);
          if (row.clientId().equals(clientId)) {
            rows.add(row);
          }
          return true;
        });
    return rows.getFirst();
  }

  /// The numbers of the messages that the store has of a session.
  List<Long> queueRows(String clientId) {
    long session = row(clientId).number();
    List<Long> numbers = new ArrayList<>();
    store.scan(
        Keeper.FAMILIES.indexOf("queues"),
        QueueRow.key(session, 0),
        QueueRow.key(session + 1, 0),
        (key, _) -> numbers.add(ByteBuffer.wrap(key).getLong(8)));
    return numbers;
  }

  /// How many messages the store has of all sessions.
  int storedQueues() {
    List<byte[]> keys = new ArrayList<>();
    store.scan(Keeper.FAMILIES.indexOf("queues"), new byte[0], null, (key, _) -> keys.add(key));
    return keys.size();
  }

  /// The store has all rows that it was given, and the log has forced nothing since.
  void checkpointWithoutTheLog() {
    keeper.submit(new Keeper.Checkpoint(log.committedPosition(), kept -> {}));
    for (Runnable run = keeperWork.poll(); run != null; run = keeperWork.poll()) {
      run.run();
    }
  }

  /// The store has lost all bodies that several queues share.
  void losesBodies() {
    loses("bodies");
  }

  /// The store has lost all rows of a family.
  void loses(String family) {
    WriteBatch batch = new WriteBatch();
    batch.deleteRange(
        Keeper.FAMILIES.indexOf(family), new byte[0], new byte[] {-1, -1, -1, -1, -1, -1, -1});
    store.write(batch, store.position());
  }

  static Connect.Builder connect(String clientId) {
    return Connect.builder(MqttVersion.V5, clientId);
  }

  /// A CONNECT that was accepted arrives; nothing has happened yet.
  Client open(Connect connect) {
    Shard shard = shards.get(Shard.shardOf(connect.clientId(), shards.size()));
    FakeConnection connection = new FakeConnection(shard.loop, connections++);
    Login login = new Login(connect.clientId(), null, null, "fake", "fake");
    shard.open(connection, new Hello(connect, connect.clientId(), false, "", login, null, null));
    return new Client(connection, connect.version());
  }

  /// A client that is connected.
  Client connected(Connect connect) {
    Client client = open(connect);
    settle();
    client.received();
    return client;
  }

  /// One end of a connection that speaks packets.
  final class Client {
    final FakeConnection connection;
    private final FakeLoop loop;
    private final MqttVersion version;

    private Client(FakeConnection connection, MqttVersion version) {
      this.connection = connection;
      this.loop = loops.get(connection.loop().index());
      this.version = version;
    }

    /// Sends a packet and waits until nothing happens any more.
    void send(Packet packet) {
      put(packet);
      settle();
    }

    void settle() {
      ShardBench.this.settle();
    }

    /// Sends a packet in this turn.
    void put(Packet packet) {
      Slice bytes = PacketEncoder.encode(packet, version);
      int at = loop.reserve(bytes.length());
      bytes.copyTo(loop.arena(), at);
      feed(at, at + bytes.length());
    }

    /// Sends a packet that the broker may not take now.
    void offer(Packet packet) {
      Slice bytes = PacketEncoder.encode(packet, version);
      int at = loop.reserve(bytes.length());
      bytes.copyTo(loop.arena(), at);
      Objects.requireNonNull(connection.handler).onBytes(loop.arena(), at, at + bytes.length());
    }

    /// Hands bytes of the arena to the broker.
    void feed(int from, int to) {
      ConnectionHandler handler = connection.handler;
      if (handler == null || handler.onBytes(loop.arena(), from, to) != to) {
        throw new IllegalStateException("the packet was not taken");
      }
    }

    void subscribe(String filter, int qos) {
      SubscriptionOptions options = SubscriptionOptions.of(Qos.of(qos));
      send(new Subscribe(1, List.of(new Subscription(TopicFilter.of(filter), options))));
      received();
    }

    void publish(String topic, String payload, int qos, int packetId) {
      send(message(topic, payload, qos, packetId));
    }

    /// Settles, and gives the messages that arrive if the log takes less than `mostNanos` for it.
    List<String> messages(long mostNanos) {
      long before = nanos;
      settle();
      return nanos - before < mostNanos ? messages() : List.of("late: " + (nanos - before));
    }

    /// What has arrived since the last call.
    List<Packet> received() {
      ByteBuffer bytes = ByteBuffer.wrap(connection.takeSent());
      List<Packet> packets = new ArrayList<>();
      try {
        for (int at = 0; at < bytes.limit(); ) {
          int end = at + PacketFrame.length(bytes, at, bytes.limit(), 1 << 28);
          packets.add(PacketDecoder.decode(bytes, at, end, version, Sender.SERVER));
          at = end;
        }
      } catch (MalformedPacket e) {
        throw new IllegalStateException("the broker has sent nonsense", e);
      }
      return packets;
    }

    /// Of the messages that have arrived since the last call, `packetId:payload`.
    List<String> messages() {
      return received().stream()
          .filter(Publish.class::isInstance)
          .map(Publish.class::cast)
          .map(p -> p.packetId() + ":" + p.payload().utf8())
          .toList();
    }
  }

  static Publish message(String topic, String payload, int qos, int packetId) {
    return new Publish(TopicName.of(topic), Slice.utf8(payload), Qos.of(qos), false, packetId);
  }
}
