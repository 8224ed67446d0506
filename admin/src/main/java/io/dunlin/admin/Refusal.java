package io.dunlin.admin;

/// A request that is not carried out; its message says why.
final class Refusal extends Exception {
  private static final long serialVersionUID = 1L;

  private final String code;

  Refusal(String code, String message) {
    super(message);
    this.code = code;
  }

  /// For programs: `bad-request`, `not-found`, `timeout`, `unsupported`, `invalid`, `failed`,
  /// `needs-yes`.
  String code() {
    return code;
  }
}
