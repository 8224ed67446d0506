package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Answers to one client that wait for the log, in the order of the packets that they answer
/// [MQTT-4.6.0-2] [MQTT-4.6.0-3]: one that has nothing to wait for still queues behind those that
/// do.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanin1 --persistent")
final class PendingAnswers {
  private static final long[] NONE = {};
  private static final int[] NO_ACKS = {};
  private static final @Nullable Runnable[] NO_ACTIONS = {};

  private long[] sequences = NONE; // circular, a power of two
  private int[] acks = NO_ACKS;
  private @Nullable Runnable[] actions = NO_ACTIONS;
  private int head;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /// Adds an acknowledgement: type, reason and packet identifier packed by the caller.
  void addAck(long sequence, int ack) {
    int i = next();
    sequences[i] = sequence;
    acks[i] = ack;
    actions[i] = null;
  }

  /// Adds anything else.
  void addAction(long sequence, Runnable action) {
    int i = next();
    sequences[i] = sequence;
    acks[i] = 0;
    actions[i] = action;
  }

  /// Carries out, in order, all whose record is committed.
  ///
  /// @return how many
  int carryOut(long committed, AckWriter writer) {
    int done = 0;
    while (size > 0 && sequences[head] <= committed) {
      int i = head;
      head = head + 1 & sequences.length - 1;
      size--;
      done++;
      Runnable action = actions[i];
      if (action == null) {
        writer.write(acks[i]);
      } else {
        actions[i] = null;
        action.run();
      }
    }
    if (size == 0 && sequences.length > 256) {
      clear();
    }
    return done;
  }

  void clear() {
    sequences = NONE;
    acks = NO_ACKS;
    actions = NO_ACTIONS;
    head = 0;
    size = 0;
  }

  private int next() {
    if (size == sequences.length) {
      grow();
    }
    return head + size++ & sequences.length - 1;
  }

  private void grow() {
    int length = Math.max(8, sequences.length * 2);
    long[] newSequences = new long[length];
    int[] newAcks = new int[length];
    @Nullable Runnable[] newActions = Arrays.copyOf(actions, length);
    for (int i = 0; i < size; i++) {
      int from = head + i & sequences.length - 1;
      newSequences[i] = sequences[from];
      newAcks[i] = acks[from];
      newActions[i] = actions[from];
    }
    sequences = newSequences;
    acks = newAcks;
    actions = newActions;
    head = 0;
  }

  /// Writes an acknowledgement.
  interface AckWriter {
    void write(int ack);
  }
}
