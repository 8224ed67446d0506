package io.dunlin.crashtest;

/// A broker did what the specification forbids.
public final class BrokerFault extends RuntimeException {
  private static final long serialVersionUID = 1;

  public BrokerFault(String message) {
    super(message);
  }

  BrokerFault(String message, Throwable cause) {
    super(message, cause);
  }
}
