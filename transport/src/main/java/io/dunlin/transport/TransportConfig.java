package io.dunlin.transport;

import io.dunlin.base.Clock;

/// How a [NettyTransport] is built. Immutable.
///
/// @param loops event loops, each a thread: 1..1024
/// @param arenaBytes size of each loop's read arena: room for one read and what a connection may
///   keep back in front of it, up to 1 GiB; default 8 MiB
/// @param maxReadBytes most that one readiness of one connection reads: 1 KiB..16 MiB; default 256
///   KiB
/// @param lingerMillis how long a closed connection discards what the peer still sends: 1..60,000;
///   default 1,000
/// @param clock the time that [Loop#nowNanos] tells
/// @param mechanism what carries the bytes; default `AUTO`
/// @param maxConnections open connections over all listeners; further ones are accepted and closed
///   at once; default 1,000,000
/// @param backlog connections that the system holds before they are accepted: 1..65,535; default
///   4,096
public record TransportConfig(
    int loops,
    int arenaBytes,
    int maxReadBytes,
    int lingerMillis,
    Clock clock,
    Mechanism mechanism,
    int maxConnections,
    int backlog) {

  /// What carries the bytes.
  public enum Mechanism {
    /// Epoll where its native library loads, else NIO.
    AUTO,
    /// Linux epoll; the start fails where its native library does not load.
    EPOLL,
    /// The JDK's selector; everywhere.
    NIO
  }

  public TransportConfig {
    within("loops", loops, 1, 1024);
    within("maxReadBytes", maxReadBytes, 1 << 10, 1 << 24);
    within("arenaBytes", arenaBytes, maxReadBytes + KeptBytes.HEAP_BYTES, 1 << 30);
    within("lingerMillis", lingerMillis, 1, 60_000);
    within("maxConnections", maxConnections, 1, Integer.MAX_VALUE);
    within("backlog", backlog, 1, 65_535);
  }

  /// The defaults: one loop up to four processors, then one per two.
  public static TransportConfig defaults() {
    int processors = Runtime.getRuntime().availableProcessors();
    int loops = processors <= 4 ? 1 : processors / 2;
    return new TransportConfig(
        loops, 8 << 20, 256 << 10, 1_000, Clock.SYSTEM, Mechanism.AUTO, 1_000_000, 4_096);
  }

  public TransportConfig withLoops(int value) {
    return new TransportConfig(
        value, arenaBytes, maxReadBytes, lingerMillis, clock, mechanism, maxConnections, backlog);
  }

  public TransportConfig withArena(int newArenaBytes, int newMaxReadBytes) {
    return new TransportConfig(
        loops,
        newArenaBytes,
        newMaxReadBytes,
        lingerMillis,
        clock,
        mechanism,
        maxConnections,
        backlog);
  }

  public TransportConfig withLingerMillis(int value) {
    return new TransportConfig(
        loops, arenaBytes, maxReadBytes, value, clock, mechanism, maxConnections, backlog);
  }

  public TransportConfig withClock(Clock value) {
    return new TransportConfig(
        loops, arenaBytes, maxReadBytes, lingerMillis, value, mechanism, maxConnections, backlog);
  }

  public TransportConfig withMechanism(Mechanism value) {
    return new TransportConfig(
        loops, arenaBytes, maxReadBytes, lingerMillis, clock, value, maxConnections, backlog);
  }

  public TransportConfig withMaxConnections(int value) {
    return new TransportConfig(
        loops, arenaBytes, maxReadBytes, lingerMillis, clock, mechanism, value, backlog);
  }

  public TransportConfig withBacklog(int value) {
    return new TransportConfig(
        loops, arenaBytes, maxReadBytes, lingerMillis, clock, mechanism, maxConnections, value);
  }

  private static void within(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(name + " is " + value + ", not " + min + ".." + max);
    }
  }
}
