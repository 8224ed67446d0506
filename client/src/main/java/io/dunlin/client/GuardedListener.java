package io.dunlin.client;

import io.dunlin.mqtt.ConnAck;
import io.dunlin.mqtt.Packet;
import java.time.Duration;

/// Keeps what a listener throws away from the client's own work: the thread's handler of uncaught
/// exceptions gets it, and the client goes on.
record GuardedListener(ClientListener listener) implements ClientListener {
  @Override
  public void onConnected(ConnAck connAck) {
    guard(() -> listener.onConnected(connAck));
  }

  @Override
  public void onDisconnected(ClientException why, Duration retryIn) {
    guard(() -> listener.onDisconnected(why, retryIn));
  }

  @Override
  public void onSent(Packet packet) {
    guard(() -> listener.onSent(packet));
  }

  @Override
  public void onReceived(Packet packet) {
    guard(() -> listener.onReceived(packet));
  }

  private static void guard(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException | Error e) {
      report(e);
    }
  }

  /// Gives what the application, or this library, threw on the present thread to its handler of
  /// uncaught exceptions. Throws nothing.
  static void report(Throwable thrown) {
    Thread caller = Thread.currentThread();
    try {
      caller.getUncaughtExceptionHandler().uncaughtException(caller, thrown);
    } catch (RuntimeException | Error e) {
      return; // As where the thread would have ended: nobody is left to tell.
    }
  }
}
