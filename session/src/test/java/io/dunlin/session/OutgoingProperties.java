package io.dunlin.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.dunlin.session.Outgoing.Outcome;
import io.dunlin.session.Outgoing.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random histories of a session's queue against a map from number to message, which is slow and
/// obvious: it has every message until its end is on disk, however far behind it is.
class OutgoingProperties {
  /// One message as the model has it.
  private static final class Message {
    final int qos;
    final boolean retain;
    final long position;
    final int size;
    @Nullable String body;
    State state; // FINISHED: on disk, too
    boolean done; // finished, not yet on disk
    boolean stored;
    boolean offered;
    boolean sent; // under its identifier, on some connection

    Message(int qos, boolean retain, long position, int size, @Nullable String body, State state) {
      this.qos = qos;
      this.retain = retain;
      this.position = position;
      this.size = size;
      this.body = body;
      this.state = state;
    }

    boolean unfinished() {
      return !done && state != State.FINISHED;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 20, 65535, false",
    "2, 3, 65530, 20, 65535, true",
    "3, 10, 131000, 100, 65535, false",
    "4, 50, 4294967290, 400, 65535, true",
    "5, 1000, 65000, 3000, 65535, true",
    "6, 65535, 0, 5000, 65535, false",
    "7, 20, 9000000000000000, 30, 65535, true",
    "8, 7, 1, 2000, 65535, true",
    "9, 100, 65535, 100, 65535, false",
    "10, 100, 65534, 1500, 65535, true",
    "11, 3, 0, 20, 8, false",
    "12, 3, 0, 20, 8, true",
    "13, 5, 7, 60, 7, false",
    "14, 5, 7, 60, 7, true",
    "15, 1, 0, 10, 2, false",
    "16, 2, 0, 10, 2, true",
    "17, 10, 1000, 100, 64, true",
    "18, 30, 90, 300, 40, true",
    "19, 15, 3, 40, 16, true",
    "20, 16, 3, 40, 16, false"
  })
  void queueBehavesLikeAMap(
      long seed, int window, long first, int longest, int ids, boolean recorded) {
    new Run(seed, window, first, longest, ids, recorded).steps(6_000);
  }

  private static final class Run {
    private final long seed;
    private final Random random;
    private final int longest;
    private final int ids;
    private final boolean recorded;
    private final TreeMap<Long, Message> model = new TreeMap<>(); // whose end is not on disk
    private final Map<Long, Integer> renamed = new HashMap<>();
    private final TreeSet<Long> onDisk = new TreeSet<>(); // not finished, and not loaded
    private Outgoing<String> outgoing;
    private long memoryEnd;
    private long end;
    private int window;
    private int step;
    private int bodies;

    Run(long seed, int window, long first, int longest, int ids, boolean recorded) {
      this.seed = seed;
      this.random = new Random(seed);
      this.longest = longest;
      this.ids = ids;
      this.recorded = recorded;
      this.window = window;
      this.memoryEnd = first;
      this.end = first;
      this.outgoing = new Outgoing<>(first, window, ids, recorded);
    }

    void steps(int count) {
      for (step = 0; step < count; step++) {
        boolean filling = step / 2_000 % 2 == 0;
        int choice = random.nextInt(100);
        if (choice < (filling ? 35 : 15)) {
          add();
        } else if (choice < 60) {
          send();
        } else if (choice < 85) {
          acknowledge();
        } else if (choice < 92) {
          save();
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
      if (model.size() + onDisk.size() >= longest) {
        return;
      }
      if (memoryEnd == end && random.nextInt(10) > 0) {
        Message m = message(State.WAITING);
        assertThat(outgoing.add(m.qos, m.retain, m.position, m.size, m.body))
            .as(where())
            .isEqualTo(end);
        model.put(end, m);
        memoryEnd++;
      } else {
        assertThat(outgoing.addUnloaded()).as(where()).isEqualTo(end);
        onDisk.add(end);
      }
      end++;
    }

    private Message message(State state) {
      long position = random.nextInt(3) == 0 ? 0 : random.nextLong(1, 1 << 20);
      int size = random.nextInt(3) == 0 ? 0 : random.nextInt(1, 1 << 20);
      String body = state == State.RELEASED || random.nextInt(3) == 0 ? null : "body " + bodies++;
      return new Message(1 + random.nextInt(2), random.nextBoolean(), position, size, body, state);
    }

    private void load() {
      Long next = onDisk.ceiling(memoryEnd);
      long to = next == null ? end : next;
      if (to > memoryEnd) {
        outgoing.passOver(to);
        memoryEnd = to;
        return;
      }
      onDisk.remove(memoryEnd);
      Message m = message(State.values()[random.nextInt(3)]);
      m.stored = true;
      if (renamed.containsKey(memoryEnd) && m.state == State.WAITING) {
        m.state = State.SENT;
      }
      outgoing.load(m.qos, m.retain, m.position, m.size, m.body, m.state, true);
      model.put(memoryEnd++, m);
    }

    private void send() {
      boolean open = outgoing.windowOpen();
      if (open || inFlight() >= window) {
        assertThat(open).as(where()).isEqualTo(inFlight() < window);
      } else {
        assertThat(outgoing.unsaved()).as("%s only a commit can help", where()).isPositive();
      }
      long number = outgoing.sendNext();
      if (number == end) {
        return;
      }
      if (number == memoryEnd) {
        load();
        return;
      }
      if (outgoing.state(number) == State.FINISHED) {
        outgoing.skip();
      } else if (open) {
        offer(number);
      }
    }

    private void offer(long number) {
      Set<Integer> held = heldBefore(number);
      int id = renamed.getOrDefault(number, own(number));
      assertThat(outgoing.idIsFree()).as(where()).isEqualTo(!held.contains(id));
      if (held.contains(id)) {
        id = outgoing.freeId();
        if (id == 0) {
          assertThat(held).as(where()).hasSizeGreaterThanOrEqualTo(ids - 1);
          return;
        }
        assertThat(held).as(where()).doesNotContain(id);
        outgoing.rename(number, id);
        renamed.put(number, id);
      }
      assertThat(outgoing.offer()).as(where()).isEqualTo(id);
      Message m = entry(number);
      m.offered = true;
      m.sent = true;
      m.state = m.state == State.WAITING ? State.SENT : m.state;
    }

    private Set<Integer> heldBefore(long number) {
      Set<Integer> held = new HashSet<>();
      model.headMap(number).keySet().forEach(n -> held.add(renamed.getOrDefault(n, own(n))));
      return held;
    }

    private int own(long number) {
      return 1 + (int) (number % ids);
    }

    private void acknowledge() {
      int id = 1 + random.nextInt(ids);
      if (!model.isEmpty() && random.nextInt(10) > 0) {
        int behind = random.nextInt(random.nextInt(4) == 0 ? model.size() : 4);
        List<Long> numbers = new ArrayList<>(model.keySet());
        Long number = numbers.get(Math.min(behind, numbers.size() - 1));
        if (numbers.size() > 1 && number.equals(numbers.getFirst()) && step % 4_000 < 3_000) {
          number = numbers.get(1); // the oldest straggles
        }
        id = renamed.getOrDefault(number, own(number));
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
        finish(number, m);
      }
    }

    private void drop() {
      long number = Math.max(0, end - random.nextLong(longest + 3L));
      Message m = model.get(number);
      boolean unfinished = m != null && m.unfinished();
      assertThat(outgoing.finish(number)).as(where()).isEqualTo(unfinished);
      if (m != null && unfinished) {
        finish(number, m);
      }
    }

    private void finish(long number, Message m) {
      m.offered = false;
      if (recorded) {
        m.done = true;
      } else {
        remove(number);
      }
    }

    /// Commits come in the order of the ends, as a rule; some for what is on disk only.
    private void save() {
      for (Long number : List.copyOf(model.keySet())) {
        if (entry(number).done ? random.nextInt(3) > 0 : random.nextInt(500) == 0) {
          outgoing.saved(number);
          remove(number);
        }
      }
      if (!onDisk.isEmpty() && random.nextInt(20) == 0) {
        Long number = random.nextBoolean() ? onDisk.first() : onDisk.last();
        outgoing.saved(number);
        onDisk.remove(number);
        renamed.remove(number);
      }
    }

    private void remove(long number) {
      model.remove(number);
      renamed.remove(number);
    }

    private void note() {
      if (model.isEmpty()) {
        return;
      }
      List<Long> numbers = new ArrayList<>(model.keySet());
      long number = numbers.get(random.nextInt(numbers.size()));
      Message m = entry(number);
      if (m.done) {
        return;
      }
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
          if (m.state == State.SENT) {
            outgoing.release(number);
            m.state = State.RELEASED;
            m.body = null;
          }
        }
        default -> {
          m.body = random.nextBoolean() ? null : "body " + bodies++;
          outgoing.body(number, m.body);
        }
      }
    }

    private void rewind() {
      window = 1 + random.nextInt(Math.max(1, Math.min(ids, longest) / 2));
      outgoing.rewind(window);
      model.values().forEach(m -> m.offered = false);
    }

    /// What was finished and not on disk is not finished any more.
    private void restart() {
      long first = model.isEmpty() ? (onDisk.isEmpty() ? end : onDisk.first()) : model.firstKey();
      assertThat(outgoing.renamed()).as(where()).isEqualTo(renamed);
      outgoing = new Outgoing<>(0, window, ids, recorded);
      outgoing.restore(first, end);
      renamed.forEach(outgoing::rename);
      memoryEnd = first;
      onDisk.addAll(model.keySet());
      model.clear();
    }

    private Message entry(long number) {
      return Objects.requireNonNull(model.get(number), this::where);
    }

    private int inFlight() {
      return (int) model.values().stream().filter(m -> m.offered).count();
    }

    private @Nullable Long inFlight(int id) {
      for (Map.Entry<Long, Message> e : model.entrySet()) {
        if (e.getValue().offered && renamed.getOrDefault(e.getKey(), own(e.getKey())) == id) {
          return e.getKey();
        }
      }
      return null;
    }

    private void check() {
      assertThat(outgoing.memoryEnd()).as(where()).isEqualTo(memoryEnd);
      assertThat(outgoing.end()).as(where()).isEqualTo(end);
      if (step % 50 == 0) {
        assertThat(outgoing.inFlight()).as(where()).isEqualTo(inFlight());
        assertThat(outgoing.unsaved())
            .as(where())
            .isEqualTo((int) model.values().stream().filter(m -> m.done).count());
        assertThat(outgoing.oldest())
            .as(where())
            .isEqualTo(model.isEmpty() ? memoryEnd : model.firstKey());
        checkEntries();
      }
    }

    private void checkEntries() {
      Set<Integer> held = new HashSet<>();
      List<Long> visited = new ArrayList<>();
      outgoing.forEachUnsaved(visited::add);
      assertThat(visited).as(where()).containsExactlyInAnyOrderElementsOf(model.keySet());
      model.forEach((number, m) -> {
        String message = where() + " message " + number;
        assertThat(outgoing.state(number)).as(message).isEqualTo(m.done ? State.FINISHED : m.state);
        assertThat(outgoing.wasReleased(number)).as(message).isEqualTo(m.state == State.RELEASED);
        assertThat(outgoing.qos(number)).as(message).isEqualTo(m.qos);
        assertThat(outgoing.retain(number)).as(message).isEqualTo(m.retain);
        assertThat(outgoing.stored(number)).as(message).isEqualTo(m.stored);
        assertThat(outgoing.position(number)).as(message).isEqualTo(m.position);
        assertThat(outgoing.size(number)).as(message).isEqualTo(m.size);
        assertThat(outgoing.body(number)).as(message).isEqualTo(m.body);
        if (m.unfinished()) {
          assertThat(m.offered).as(message).isEqualTo(number < outgoing.sendNext());
        }
        if (m.offered || m.done && m.sent) {
          assertThat(held.add(outgoing.packetId(number))).as(message).isTrue();
        }
      });
    }

    private String where() {
      return "seed " + seed + " step " + step + " " + outgoing;
    }
  }
}
