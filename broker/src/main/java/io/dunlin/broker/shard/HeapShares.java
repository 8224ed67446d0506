package io.dunlin.broker.shard;

/// How much of the Java heap may go to what no single limit bounds, because it is a sum over many
/// clients or topics. For all shards together; each has the same part. Immutable.
///
/// @param persistentSessions how many there may be, where the configuration does not say
/// @param queueBytes of messages that wait in memory, where the configuration does not say
/// @param topicBytes of the topic names that are remembered
/// @param routeBytes of the routes that are remembered
public record HeapShares(
    long persistentSessions, long queueBytes, long topicBytes, long routeBytes) {
  /// An absent session with one subscription takes about a third of it.
  private static final int SESSION_BYTES = 4_096;

  private static final int QUEUES_OF_HEAP = 4;
  private static final int TOPICS_OF_HEAP = 16;
  private static final int ROUTES_OF_HEAP = 8;

  /// Parts of a heap of at most so many bytes.
  public static HeapShares of(long heapBytes) {
    return new HeapShares(
        heapBytes / SESSION_BYTES,
        heapBytes / QUEUES_OF_HEAP,
        heapBytes / TOPICS_OF_HEAP,
        heapBytes / ROUTES_OF_HEAP);
  }
}
