package io.dunlin.broker.shard;

import io.dunlin.base.OwnedBy;

/// What a shard has counted since its start. Plain fields, written by the shard only; others may
/// read them at any time and get a recent value.
@OwnedBy("shard")
public final class Counters {
  /// PUBLISH packets received, by QoS.
  public final long[] received = new long[3];

  /// PUBLISH packets sent, by QoS.
  public final long[] sent = new long[3];

  /// Bytes of PUBLISH packets received, by QoS.
  public final long[] receivedBytes = new long[3];

  /// Bytes of PUBLISH packets sent, by QoS.
  public final long[] sentBytes = new long[3];

  /// Connections with a session that ended, by the code of the reason that the broker had; under 0
  /// those that the client ended with a DISCONNECT.
  public final long[] ended = new long[256];

  /// Connections with a session that ended without a word.
  public long lostConnections;

  /// Bytes received in packets.
  public long bytesReceived;

  /// Packets received.
  public long packetsReceived;

  /// Packets sent.
  public long packetsSent;

  /// QoS 0 messages not sent because the outbox was full.
  public long droppedSlow;

  /// Messages not queued because the queue was full.
  public long droppedQueueFull;

  /// Messages not queued because those of all sessions took too much memory.
  public long droppedMemoryFull;

  /// Messages not sent because they were larger than the client takes.
  public long droppedTooLarge;

  /// Messages whose expiry interval passed while they waited.
  public long droppedExpired;

  /// Messages refused because the disk is nearly full.
  public long refusedFull;

  /// Retained messages not kept because there were too many.
  public long retainedRefused;

  /// Messages that could not be read back from disk.
  public long lost;

  /// Committed records that could not be applied: a fault of ours, named in the log.
  public long failedRecords;

  /// Messages not given to a subscriber that may not receive them.
  public long notAuthorized;

  /// Messages and wills that the client may not publish.
  public long deniedPublishes;

  /// Subscriptions that the client may not have.
  public long deniedSubscriptions;

  /// Sessions that ended because their expiry interval had passed.
  public long expiredSessions;

  /// Connections refused because there were as many persistent sessions as there may be.
  public long refusedSessions;

  /// Connections ended because of what they sent.
  public long refusedPackets;

  /// Acknowledgements for nothing that was in flight.
  public long strayAcks;

  /// Times that a connection was not read because the log or a mailbox was behind.
  public long parked;

  /// Routes of topics let go, or not kept, because all took too much of the heap.
  public long routesDropped;

  // as of the last census, which is made when somebody asks: see Inspector

  /// Messages that wait in queues or are in flight.
  public long queuedMessages;

  /// Messages in flight.
  public long inflightMessages;

  // as of now

  /// About how many bytes the messages take that wait in memory for sessions that end with their
  /// connections.
  public long queueMemoryBytes;

  /// About how many bytes the remembered routes of topics take.
  public long routeBytes;

  /// Connections that wait for room: not read, or with publishes that are held back.
  public int waitingConnections;

  /// Connections with a session.
  public int connections;

  /// Sessions.
  public int sessions;

  /// Of these, those that outlive their connections.
  public int persistentSessions;

  /// Subscriptions.
  public int subscriptions;
}
