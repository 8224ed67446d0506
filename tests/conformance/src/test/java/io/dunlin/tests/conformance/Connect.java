package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

/// A CONNECT, at first one that every broker accepts: Clean Start, Keep Alive 60 s, no will, no
/// login.
final class Connect implements Outgoing {
  private @Nullable String protocolName;
  private int level = -1;
  private byte[] clientId = {};
  private boolean cleanStart = true;
  private int keepAliveSeconds = 60;
  private final Bytes properties = new Bytes();
  private int maximumPacketSize = Integer.MAX_VALUE;
  private @Nullable Will will;
  private byte @Nullable [] userName;
  private byte @Nullable [] password;
  private int flagsToSet;
  private int flagsToClear;
  private final Bytes trailing = new Bytes();

  static Connect connect(String clientId) {
    return new Connect().clientId(clientId.getBytes(UTF_8));
  }

  Connect clientId(byte... value) {
    clientId = value;
    return this;
  }

  Connect protocol(String name, int protocolLevel) {
    protocolName = name;
    level = protocolLevel;
    return this;
  }

  /// Goes on with the session, if there is one. Before 5.0 this also keeps the session afterwards.
  Connect resume() {
    cleanStart = false;
    return this;
  }

  Connect keepAlive(int seconds) {
    keepAliveSeconds = seconds;
    return this;
  }

  Connect with(Property property, Object value) {
    if (property == Property.MAXIMUM_PACKET_SIZE) {
      maximumPacketSize = ((Number) value).intValue();
    }
    properties.property(property, value);
    return this;
  }

  Connect rawProperties(Bytes raw) {
    properties.raw(raw.toArray());
    return this;
  }

  /// Keeps the session for this long in 5.0; says nothing in earlier versions, where `resume()`
  /// does.
  Connect sessionExpiry(long seconds) {
    return with(Property.SESSION_EXPIRY_INTERVAL, seconds);
  }

  Connect will(Will value) {
    will = value;
    return this;
  }

  Connect userName(String value) {
    return userName(value.getBytes(UTF_8));
  }

  Connect userName(byte[] value) {
    userName = value;
    return this;
  }

  Connect password(String value) {
    password = value.getBytes(UTF_8);
    return this;
  }

  /// Sets flag bits without the fields that they announce.
  Connect setFlags(int bits) {
    flagsToSet = bits;
    return this;
  }

  /// Clears flag bits whose fields stay.
  Connect clearFlags(int bits) {
    flagsToClear = bits;
    return this;
  }

  Connect trailing(Bytes bytes) {
    trailing.raw(bytes.toArray());
    return this;
  }

  int maximumPacketSize() {
    return maximumPacketSize;
  }

  @Override
  public byte[] bytes(Version version) {
    return Bytes.packet(PacketType.CONNECT.firstByte(), body(version));
  }

  Bytes body(Version version) {
    Bytes body = new Bytes();
    body.string(protocolName == null ? version.protocolName : protocolName);
    body.u8(level < 0 ? version.level : level).u8(flags()).u16(keepAliveSeconds);
    if (version.hasProperties()) {
      body.variable(properties.length()).raw(properties.toArray());
    }
    body.binary(clientId);
    if (will != null) {
      will.appendTo(body, version);
    }
    if (userName != null) {
      body.binary(userName);
    }
    if (password != null) {
      body.binary(password);
    }
    return body.raw(trailing.toArray());
  }

  private int flags() {
    int flags = cleanStart ? 0x02 : 0;
    if (will != null) {
      flags |= 0x04 | (will.qos() << 3) | (will.retain() ? 0x20 : 0);
    }
    if (password != null) {
      flags |= 0x40;
    }
    if (userName != null) {
      flags |= 0x80;
    }
    return (flags | flagsToSet) & ~flagsToClear;
  }
}
