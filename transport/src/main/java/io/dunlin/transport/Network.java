package io.dunlin.transport;

import java.net.InetAddress;

/// Addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`. Immutable.
///
/// @param address the first of them
/// @param bits how many bits they share: 0..32, for IPv6 0..128
public record Network(InetAddress address, int bits) {
  public Network {
    if (bits < 0 || bits > 8 * address.getAddress().length) {
      throw new IllegalArgumentException("/" + bits + " behind " + address.getHostAddress());
    }
  }

  /// Reads `address/bits`, or an address alone.
  ///
  /// @throws IllegalArgumentException if it is neither
  public static Network parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = InetAddress.ofLiteral(slash < 0 ? text : text.substring(0, slash));
    int all = 8 * address.getAddress().length;
    return new Network(address, slash < 0 ? all : Integer.parseInt(text.substring(slash + 1)));
  }

  /// Whether `other` is one of them.
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    for (int i = 0; i < bits; i += 8) {
      int shift = Math.max(0, 8 - (bits - i));
      if ((ours[i / 8] & 0xff) >> shift != (theirs[i / 8] & 0xff) >> shift) {
        return false;
      }
    }
    return true;
  }

  /// As it is written.
  @Override
  public String toString() {
    return address.getHostAddress() + "/" + bits;
  }
}
