package io.dunlin.broker.shard;

import io.dunlin.base.HotPath;
import io.dunlin.base.OwnedBy;
import io.dunlin.broker.store.MessageView;
import io.dunlin.codec.PublishEncoder;
import io.dunlin.mqtt.MqttVersion;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One message in the forms in which it goes out: each is encoded at most once, then copied to
/// every subscriber, who differ only in the first byte and the packet identifier.
@OwnedBy("shard")
@HotPath(benchmark = "mqload fanout1")
final class Wire {
  private static final int FORMS = 4;

  /// Beside the bits of the forms that are built: the message as a mount point shows it is.
  private static final int CUT = 1 << FORMS;

  private final ByteBuffer[] buffers = new ByteBuffer[FORMS];
  private final int[] from = new int[FORMS];
  private final int[] to = new int[FORMS];
  private final int[] idAt = new int[FORMS];
  private ByteBuffer scratch = ByteBuffer.allocateDirect(64 * 1024);
  private int scratchEnd;
  private int built;
  private MessageView message = new MessageView();
  private long nowMillis;
  private @Nullable Cut cut;

  /// The message as clients under a mount point see it; of the latest one that was asked for.
  private static final class Cut {
    final Wire wire = new Wire();
    final MessageView message = new MessageView();
    ByteBuffer properties = ByteBuffer.allocateDirect(256);
    Mount mount = Mount.NONE;
  }

  /// The form for a version, with or without a packet identifier.
  static int form(MqttVersion version, boolean withId) {
    return (version == MqttVersion.V5 ? 2 : 0) + (withId ? 1 : 0);
  }

  /// Begins with another message.
  void begin(MessageView newMessage, long newNowMillis) {
    message = newMessage;
    nowMillis = newNowMillis;
    built = 0;
    scratchEnd = 0;
  }

  /// The message in the forms in which clients under a mount point get it.
  Wire under(Mount mount) {
    Cut c = cut;
    if (c == null) {
      c = new Cut();
      cut = c;
    }
    if ((built & CUT) == 0 || !c.mount.equals(mount)) {
      int bytes = message.passOnTo() - message.passOnFrom();
      if (bytes > c.properties.capacity()) {
        c.properties = ByteBuffer.allocateDirect(Math.max(bytes, c.properties.capacity() * 2));
      }
      mount.cut(message, c.properties, c.message);
      c.wire.begin(c.message, nowMillis);
      c.mount = mount;
      built |= CUT;
    }
    return c.wire;
  }

  /// What it was begun with.
  MessageView message() {
    return message;
  }

  /// The bytes of a packet that came in can serve as one form as they are.
  void given(int form, ByteBuffer buffer, int newFrom, int newTo, int newIdAt) {
    buffers[form] = buffer;
    from[form] = newFrom;
    to[form] = newTo;
    idAt[form] = newIdAt;
    built |= 1 << form;
  }

  /// Makes sure that a form is there.
  void build(int form) {
    if ((built & 1 << form) != 0) {
      return;
    }
    boolean withId = (form & 1) != 0;
    MqttVersion version = form >= 2 ? MqttVersion.V5 : MqttVersion.V3_1_1;
    int at = scratchEnd;
    int size = size(version, withId ? 1 : 0, 0, Target.NO_IDENTIFIERS);
    reserveScratch(at + size);
    int end = write(scratch, at, version, withId ? 2 : 0, withId ? 1 : 0, 0, Target.NO_IDENTIFIERS);
    scratchEnd = end;
    given(form, scratch, at, end, withId ? idPosition(scratch, at) : -1);
  }

  /// Length of a packet with what only one subscriber gets.
  int size(MqttVersion version, int packetId, int alias, int[] identifiers) {
    return PublishEncoder.size(
        version,
        packetId == 0 ? 0 : 2,
        alias > 0 && topicLeftOut(alias) ? 0 : message.topicBytes(),
        alias & 0xffff,
        message.expirySeconds(nowMillis),
        identifiers,
        identifiers.length,
        message.passOnTo() - message.passOnFrom(),
        message.payloadBytes());
  }

  /// Writes a packet with what only one subscriber gets; returns its end.
  ///
  /// @param flags DUP, QoS and RETAIN as in the first byte
  /// @param alias 0 none; with [#LEAVE_OUT_TOPIC] the topic name is not sent
  int write(
      ByteBuffer target,
      int at,
      MqttVersion version,
      int flags,
      int packetId,
      int alias,
      int[] identifiers) {
    int topicTo = topicLeftOut(alias) ? message.topicFrom() : message.topicTo();
    return PublishEncoder.write(
        target,
        at,
        version,
        flags,
        message.topicBuffer(),
        message.topicFrom(),
        topicTo,
        packetId,
        alias & 0xffff,
        message.expirySeconds(nowMillis),
        identifiers,
        identifiers.length,
        message.propertiesBuffer(),
        message.passOnFrom(),
        message.passOnTo(),
        message.payloadBuffer(),
        message.payloadFrom(),
        message.payloadTo());
  }

  /// Set in an alias: the client knows it, the topic name is left out.
  static final int LEAVE_OUT_TOPIC = 1 << 16;

  ByteBuffer buffer(int form) {
    return buffers[form];
  }

  int from(int form) {
    return from[form];
  }

  int length(int form) {
    return to[form] - from[form];
  }

  /// Where the packet identifier is, from the start of the packet.
  int idOffset(int form) {
    return idAt[form] - from[form];
  }

  private static boolean topicLeftOut(int alias) {
    return (alias & LEAVE_OUT_TOPIC) != 0;
  }

  private static int idPosition(ByteBuffer packet, int at) {
    int p = at + 1;
    while (packet.get(p++) < 0) {
      // over the remaining length
    }
    return p + 2 + Short.toUnsignedInt(packet.getShort(p));
  }

  @SuppressWarnings("ReferenceEquality") // those that are the very scratch buffer
  private void reserveScratch(int bytes) {
    if (bytes <= scratch.capacity()) {
      return;
    }
    ByteBuffer bigger = ByteBuffer.allocateDirect(Math.max(bytes, scratch.capacity() * 2));
    bigger.put(0, scratch, 0, scratchEnd);
    for (int i = 0; i < FORMS; i++) {
      if (buffers[i] == scratch) {
        buffers[i] = bigger;
      }
    }
    scratch = bigger;
  }
}
