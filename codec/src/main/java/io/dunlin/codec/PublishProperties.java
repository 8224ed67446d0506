package io.dunlin.codec;

import java.nio.ByteBuffer;

/// Looks into the properties of a PUBLISH that were checked when it came.
public final class PublishProperties {
  private PublishProperties() {}

  /// Where the value of the Response Topic is among the properties `[from, to)`: its length in two
  /// bytes, then its text. -1 when there is none.
  public static int responseTopic(ByteBuffer buffer, int from, int to) {
    return PropertyBlock.find(buffer, from, to, Property.RESPONSE_TOPIC);
  }
}
