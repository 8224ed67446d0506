package io.dunlin.broker.auth;

import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.jspecify.annotations.Nullable;

/// What a password comes to by Argon2id (RFC 9106), with all that is needed to check it. Immutable.
///
/// Written as PHC string: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, base64 without padding.
public final class PasswordHash {
  /// How much a check costs.
  ///
  /// @param memoryKib 8 to [#MAX_MEMORY_KIB], and at least 8 for each lane
  /// @param iterations 1 to [#MAX_ITERATIONS]
  /// @param lanes 1 to [#MAX_LANES]
  public record Cost(int memoryKib, int iterations, int lanes) {
    /// 19 MiB and two passes, what OWASP asks for at least; some 50 ms.
    public static final Cost DEFAULT = new Cost(19_456, 2, 1);

    public Cost {
      if (memoryKib < 8 * lanes
          || memoryKib > MAX_MEMORY_KIB
          || iterations < 1
          || iterations > MAX_ITERATIONS
          || lanes < 1
          || lanes > MAX_LANES) {
        throw new IllegalArgumentException(
            "m=%d,t=%d,p=%d is not allowed; allowed: m up to %d and at least 8 times p, t up to %d, p up to %d"
                .formatted(
                    memoryKib, iterations, lanes, MAX_MEMORY_KIB, MAX_ITERATIONS, MAX_LANES));
      }
    }
  }

  /// 64 MiB.
  public static final int MAX_MEMORY_KIB = 65_536;

  public static final int MAX_ITERATIONS = 20;
  public static final int MAX_LANES = 4;

  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Pattern FORM =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=(\\d{1,9}),t=(\\d{1,9}),p=(\\d{1,9})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  private final Cost cost;
  private final byte[] salt;
  private final byte[] hash;

  private PasswordHash(Cost cost, byte[] salt, byte[] hash) {
    this.cost = cost;
    this.salt = salt;
    this.hash = hash;
  }

  /// Hashes a password. Takes the memory and the time of `cost`.
  public static PasswordHash of(byte[] password, Cost cost, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new PasswordHash(cost, salt, compute(password, cost, salt, HASH_BYTES));
  }

  /// One that no password has.
  static final PasswordHash NOBODY =
      new PasswordHash(Cost.DEFAULT, new byte[SALT_BYTES], new byte[HASH_BYTES]);

  /// One that no password has, as costly to check as `like`.
  static PasswordHash ofNobody(PasswordHash like) {
    return new PasswordHash(like.cost, new byte[SALT_BYTES], new byte[HASH_BYTES]);
  }

  /// Reads the written form.
  ///
  /// @throws IllegalArgumentException saying what is wrong, without the text
  public static PasswordHash parse(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw new IllegalArgumentException(
          "what stands behind the user name is no argon2id hash ($argon2id$v=19$m=…)");
    }
    Cost cost =
        new Cost(
            Integer.parseInt(form.group(1)),
            Integer.parseInt(form.group(2)),
            Integer.parseInt(form.group(3)));
    Base64.Decoder decoder = Base64.getDecoder();
    return new PasswordHash(
        cost,
        decoder.decode(Objects.requireNonNull(form.group(4))),
        decoder.decode(Objects.requireNonNull(form.group(5))));
  }

  /// Whether it is that of `password`. Takes the memory and the time of its cost, whatever the
  /// answer; constant-time.
  boolean matches(byte[] password) {
    return MessageDigest.isEqual(hash, compute(password, cost, salt, hash.length));
  }

  private static byte[] compute(byte[] password, Cost cost, byte[] salt, int bytes) {
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost.memoryKib)
            .withIterations(cost.iterations)
            .withParallelism(cost.lanes)
            .withSalt(salt)
            .build());
    byte[] result = new byte[bytes];
    generator.generateBytes(password, result);
    return result;
  }

  /// The written form, for the file alone.
  public String encoded() {
    Base64.Encoder encoder = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
        .formatted(
            cost.memoryKib,
            cost.iterations,
            cost.lanes,
            encoder.encodeToString(salt),
            encoder.encodeToString(hash));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PasswordHash that
        && cost.equals(that.cost)
        && Arrays.equals(salt, that.salt)
        && MessageDigest.isEqual(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(salt);
  }

  /// Tells no hash.
  @Override
  public String toString() {
    return "PasswordHash[" + cost + "]";
  }
}
