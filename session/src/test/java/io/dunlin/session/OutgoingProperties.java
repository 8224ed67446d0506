package io.dunlin.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.session.Outgoing.Outcome;
import io.dunlin.session.Outgoing.State;
import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random histories of a session's queue against a map from number to message, which is slow and
/// obvious.
class OutgoingProperties {
  /// One message as the model has it.
  private static final class Message {
    final int qos;
    final boolean retain;
    final long position;
    @Nullable String body;
    State state;
    boolean stored;
    boolean offered;

    Message(
        int qos,
        boolean retain,
        long position,
        @Nullable String body,
        State state,
        boolean stored) {
      this.qos = qos;
      this.retain = retain;
      this.position = position;
      this.body = body;
      this.state = state;
      this.stored = stored;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 20",
    "2, 3, 65530, 20",
    "3, 10, 131000, 100",
    "4, 50, 4294967290, 400",
    "5, 1000, 65000, 3000",
    "6, 65535, 0, 5000",
    "7, 20, 9000000000000000, 30",
    "8, 7, 1, 2000",
    "9, 100, 65535, 100",
    "10, 100, 65534, 1500"
  })
  void queueBehavesLikeAMap(long seed, int window, long first, int longest) {
    new Run(seed, window, first, longest).steps(12_000);
  }

  private static final class Run {
    private final long seed;
    private final Random random;
    private final int longest;
    private final TreeMap<Long, Message> model = new TreeMap<>(); // those with an entry
    private Outgoing<String> outgoing;
    private long first;
    private long sendNext;
    private long memoryEnd;
    private long end;
    private int window;
    private int step;
    private int bodies;

    Run(long seed, int window, long first, int longest) {
      this.seed = seed;
      this.random = new Random(seed);
      this.longest = longest;
      this.window = window;
      this.first = first;
      this.sendNext = first;
      this.memoryEnd = first;
      this.end = first;
      this.outgoing = new Outgoing<>(first, window);
    }

    void steps(int count) {
      for (step = 0; step < count; step++) {
        boolean filling = step / 2_000 % 2 == 0;
        int choice = random.nextInt(100);
        if (choice < (filling ? 40 : 15)) {
          add();
        } else if (choice < 60) {
          send();
        } else if (choice < 92) {
          acknowledge();
        } else if (choice < 95) {
          drop();
        } else if (choice < 97) {
          note();
        } else if (random.nextInt(20) == 0) {
          rewind();
        } else if (random.nextInt(60) == 0) {
          restart();
        }
        check();
      }
    }

    private void add() {
      if (end - first >= longest) {
        return;
      }
      if (memoryEnd == end && random.nextInt(10) > 0) {
        Message m = message(State.WAITING, false);
        assertThat(outgoing.add(m.qos, m.retain, m.position, m.body)).as(where()).isEqualTo(end);
        model.put(end, m);
        memoryEnd++;
      } else {
        assertThat(outgoing.addUnloaded()).as(where()).isEqualTo(end);
      }
      end++;
    }

    private Message message(State state, boolean stored) {
      long position = random.nextInt(3) == 0 ? 0 : random.nextLong(1, 1 << 20);
      String body = random.nextInt(3) == 0 ? "body " + bodies++ : null;
      return new Message(
          1 + random.nextInt(2), random.nextBoolean(), position, body, state, stored);
    }

    private void load() {
      State state = State.values()[random.nextInt(4)];
      Message m = message(state, true);
      if (state == State.FINISHED || state == State.RELEASED) {
        m.body = null;
      }
      outgoing.load(m.qos, m.retain, m.position, m.body, state, true);
      model.put(memoryEnd++, m);
      advance();
    }

    private void send() {
      boolean open = sendNext - first < Outgoing.SPAN && inFlight() < window;
      assertThat(outgoing.windowOpen()).as(where()).isEqualTo(open);
      if (sendNext == end) {
        return;
      }
      if (sendNext == memoryEnd) {
        load();
        return;
      }
      Message m = entry(sendNext);
      if (m.state == State.FINISHED) {
        outgoing.skip();
        sendNext++;
      } else if (open) {
        int id = 1 + (int) (sendNext % 65_535);
        assertThat(outgoing.offer()).as(where()).isEqualTo(id);
        m.offered = true;
        m.state = m.state == State.WAITING ? State.SENT : m.state;
        sendNext++;
      }
    }

    private void acknowledge() {
      int id = 1 + random.nextInt(65_535);
      if (sendNext > first && random.nextInt(10) > 0) {
        long behind = Math.min(sendNext - first, random.nextInt(4) == 0 ? 1 + longest : 4);
        id = Outgoing.packetId(first + random.nextLong(behind));
      }
      Long number = inFlight(id);
      Message m = number == null ? null : entry(number);
      assertThat(outgoing.numberOf(id)).as(where()).isEqualTo(number == null ? -1 : number);
      switch (random.nextInt(4)) {
        case 0 -> finished(outgoing.onPubAck(id), number, m, 1, State.SENT);
        case 1 -> finished(outgoing.onPubComp(id), number, m, 2, State.RELEASED);
        case 2 -> {
          if (random.nextInt(4) == 0) {
            finished(outgoing.onPubRecRefused(id), number, m, 2, State.SENT);
          }
        }
        default -> {
          Outcome outcome = outgoing.onPubRec(id);
          if (m == null) {
            assertThat(outcome).as(where()).isEqualTo(Outcome.UNKNOWN);
          } else if (m.qos != 2) {
            assertThat(outcome).as(where()).isEqualTo(Outcome.MISPLACED);
          } else {
            assertThat(outcome).as(where()).isEqualTo(Outcome.DONE);
            m.state = State.RELEASED;
            m.body = null;
          }
        }
      }
    }

    private void finished(
        Outcome outcome, @Nullable Long number, @Nullable Message m, int qos, State expected) {
      if (number == null || m == null) {
        assertThat(outcome).as(where()).isEqualTo(Outcome.UNKNOWN);
      } else if (m.qos != qos || m.state != expected) {
        assertThat(outcome).as(where()).isEqualTo(Outcome.MISPLACED);
      } else {
        assertThat(outcome).as(where()).isEqualTo(Outcome.DONE);
        finish(m);
      }
    }

    private void drop() {
      long number = Math.max(0, first + random.nextLong(-3, end - first + 3));
      Message m = model.get(number);
      outgoing.finish(number);
      if (m != null) {
        finish(m);
      }
    }

    private void finish(Message m) {
      m.state = State.FINISHED;
      m.offered = false;
      m.body = null;
      advance();
    }

    private void note() {
      if (memoryEnd == first) {
        return;
      }
      long number = first + random.nextLong(memoryEnd - first);
      Message m = entry(number);
      switch (random.nextInt(4)) {
        case 0 -> {
          outgoing.markStored(number);
          m.stored = true;
        }
        case 1 -> {
          outgoing.maybeSent(number);
          m.state = m.state == State.WAITING ? State.SENT : m.state;
        }
        case 2 -> {
          if (m.state != State.FINISHED) {
            outgoing.release(number);
            m.state = State.RELEASED;
            m.body = null;
          }
        }
        default -> {
          if (m.state != State.FINISHED) {
            m.body = random.nextBoolean() ? null : "body " + bodies++;
            outgoing.body(number, m.body);
          }
        }
      }
    }

    private void rewind() {
      window = 1 + random.nextInt(Math.max(1, longest / 2));
      outgoing.rewind(window);
      sendNext = first;
      model.values().forEach(m -> m.offered = false);
    }

    private void restart() {
      outgoing = new Outgoing<>(0, window);
      outgoing.restore(first, end);
      memoryEnd = first;
      sendNext = first;
      model.clear();
    }

    private void advance() {
      while (first < memoryEnd && entry(first).state == State.FINISHED) {
        model.remove(first++);
      }
      sendNext = Math.max(sendNext, first);
    }

    private Message entry(long number) {
      return Objects.requireNonNull(model.get(number), this::where);
    }

    private int inFlight() {
      return (int) model.values().stream().filter(m -> m.offered).count();
    }

    private @Nullable Long inFlight(int id) {
      for (long n = first + Math.floorMod(id - 1 - first, 65_535L); n < memoryEnd; n += 65_535) {
        if (entry(n).offered) {
          return n;
        }
      }
      return null;
    }

    private void check() {
      assertThat(outgoing.first()).as(where()).isEqualTo(first);
      assertThat(outgoing.sendNext()).as(where()).isEqualTo(sendNext);
      assertThat(outgoing.memoryEnd()).as(where()).isEqualTo(memoryEnd);
      assertThat(outgoing.end()).as(where()).isEqualTo(end);
      assertThat(outgoing.backlog()).as(where()).isEqualTo(end - first);
      int inFlight = outgoing.inFlight();
      assertThat(first <= sendNext && sendNext <= memoryEnd && memoryEnd <= end)
          .as(where())
          .isTrue();
      if (step % 50 == 0) {
        assertThat(inFlight).as(where()).isEqualTo(inFlight());
        checkEntries();
      }
      assertThat(outgoing.canSendNow())
          .as(where())
          .isEqualTo(sendNext == end && inFlight < window && end - first < Outgoing.SPAN);
    }

    private void checkEntries() {
      Set<Integer> ids = new HashSet<>();
      model.forEach((number, m) -> {
        String message = where() + " message " + number;
        assertThat(outgoing.state(number)).as(message).isEqualTo(m.state);
        assertThat(outgoing.qos(number)).as(message).isEqualTo(m.qos);
        assertThat(outgoing.retain(number)).as(message).isEqualTo(m.retain);
        assertThat(outgoing.stored(number)).as(message).isEqualTo(m.stored);
        assertThat(outgoing.position(number)).as(message).isEqualTo(m.position);
        assertThat(outgoing.body(number)).as(message).isEqualTo(m.body);
        if (m.offered) {
          assertThat(ids.add(Outgoing.packetId(number))).as(message).isTrue();
        }
      });
    }

    private String where() {
      return "seed " + seed + " step " + step + " " + outgoing;
    }
  }
}
