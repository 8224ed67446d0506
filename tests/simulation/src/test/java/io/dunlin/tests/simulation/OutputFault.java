package io.dunlin.tests.simulation;

/// Changes what the broker sends: a planted bug, or none.
interface OutputFault {
  /// Nothing is changed.
  OutputFault NONE = (bytes, _) -> bytes;

  /// What goes out in place of `bytes`, on the link of that name.
  byte[] apply(byte[] bytes, String link);
}
