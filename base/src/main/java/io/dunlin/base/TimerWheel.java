package io.dunlin.base;

import org.jspecify.annotations.Nullable;

/// Many coarse timers for one owner: setting, moving and cancelling cost a few writes, whatever
/// their number. A timer fires in the first [#advance] after its time, at most one tick late.
///
/// A hashed wheel with intrusive lists: a timer that lies further ahead than one revolution is
/// looked at once per revolution.
@OwnedBy("shard")
public final class TimerWheel {
  /// Length of a tick.
  public static final long TICK_NANOS = 100_000_000L;

  private static final int SLOTS = 1024;

  /// The list of those that fire next, behind the slots.
  private static final int DUE = SLOTS;

  /// Something that happens at a time. Extend it; one object can be set again and again.
  public abstract static class Timer {
    private @Nullable Timer previous;
    private @Nullable Timer next;
    private int slot = -1;
    private long dueTick;

    /// Called once when its time has come. It may set itself or any other again, to fire in a later
    /// [#advance].
    protected abstract void fire(long nowNanos);

    /// Whether it is waiting.
    public final boolean isSet() {
      return slot >= 0;
    }
  }

  private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS + 1];
  private final long startNanos;
  private long tick;
  private int size;

  /// A wheel whose time begins at `nowNanos`.
  public TimerWheel(long nowNanos) {
    startNanos = nowNanos;
  }

  /// How many timers wait.
  public int size() {
    return size;
  }

  /// Sets a timer to fire once, not before `atNanos`; one that waits is moved.
  public void set(Timer timer, long atNanos) {
    cancel(timer);
    timer.dueTick = Math.max(tick + 1, Math.ceilDiv(atNanos - startNanos, TICK_NANOS));
    link(timer, (int) timer.dueTick & SLOTS - 1);
    size++;
  }

  /// Makes a timer not fire; nothing happens if it does not wait.
  public void cancel(Timer timer) {
    if (timer.slot >= 0) {
      unlink(timer);
      size--;
    }
  }

  private void link(Timer timer, int slot) {
    Timer head = slots[slot];
    timer.slot = slot;
    timer.next = head;
    if (head != null) {
      head.previous = timer;
    }
    slots[slot] = timer;
  }

  private void unlink(Timer timer) {
    if (timer.previous == null) {
      slots[timer.slot] = timer.next;
    } else {
      timer.previous.next = timer.next;
    }
    if (timer.next != null) {
      timer.next.previous = timer.previous;
    }
    timer.previous = null;
    timer.next = null;
    timer.slot = -1;
  }

  /// Fires all timers whose time has come; returns how many. An exception of one is given to
  /// `onError`, the others fire all the same.
  public int advance(long nowNanos, ErrorListener onError) {
    long target = (nowNanos - startNanos) / TICK_NANOS;
    if (size == 0) {
      tick = Math.max(tick, target);
      return 0;
    }
    int fired = 0;
    long from = tick + 1;
    long stop = Math.min(target, tick + SLOTS); // after a long sleep every slot is looked at once
    tick = Math.max(tick, target); // what is set from now on is for a later call
    for (long t = from; t <= stop; t++) {
      fired += fireSlot((int) t & SLOTS - 1, target, nowNanos, onError);
    }
    return fired;
  }

  /// Takes those that are due out of the slot, then fires them. Each stays in a list until it
  /// fires: another one may cancel or move it.
  private int fireSlot(int slot, long target, long nowNanos, ErrorListener onError) {
    Timer next = slots[slot];
    while (next != null) {
      Timer timer = next;
      next = timer.next;
      if (timer.dueTick <= target) {
        unlink(timer);
        link(timer, DUE);
      }
    }
    int fired = 0;
    for (Timer timer = slots[DUE]; timer != null; timer = slots[DUE]) {
      cancel(timer);
      fired++;
      try {
        timer.fire(nowNanos);
      } catch (RuntimeException e) { // one timer must not stop the others
        onError.timerFailed(timer, e);
      }
    }
    return fired;
  }

  /// Hears of a timer that threw.
  public interface ErrorListener {
    /// `timer` has thrown `error`.
    void timerFailed(Timer timer, RuntimeException error);
  }
}
