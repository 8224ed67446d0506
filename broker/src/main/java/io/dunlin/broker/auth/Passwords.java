package io.dunlin.broker.auth;

import io.dunlin.base.Slice;
import io.dunlin.broker.spi.LoginCheck.Validity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Checks passwords against a password file that may be exchanged while it runs.
///
/// A hash is made to be slow, so at most [#atOnce] are computed at a time, and whoever waits longer
/// than [#PATIENCE], or finds [#MAX_WAITING] before it, is told to come again. Each takes the
/// memory that its line states, 19 MiB by default.
///
/// A password that was right is remembered by a keyed hash, one per user, so that a user who comes
/// back costs microseconds; the key is random and lives in this process only. What was wrong is not
/// remembered: an unknown user, or a wrong password, takes as long as any first login.
///
/// Thread-safe.
final class Passwords {
  private static final Duration PATIENCE = Duration.ofSeconds(8);
  private static final int MAX_WAITING = 10_000;
  private static final int MAX_AT_ONCE = 4;
  private static final String MAC = "HmacSHA256";

  /// What is known at one time.
  private record Known(PasswordFile file, List<PasswordHash> costs) {}

  /// How it went.
  enum Answer {
    RIGHT,
    WRONG,
    BUSY
  }

  private final SecretKeySpec key;
  private final Semaphore slots;
  private final Map<String, byte[]> verified = new ConcurrentHashMap<>();
  private volatile Known known;

  Passwords(PasswordFile file, SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    this.key = new SecretKeySpec(bytes, MAC);
    this.slots = new Semaphore(atOnce(Runtime.getRuntime().availableProcessors()), true);
    this.known = known(file);
  }

  /// Half the processors: a flood of logins leaves the others to those who are in.
  static int atOnce(int processors) {
    return Math.clamp(processors / 2, 1, MAX_AT_ONCE);
  }

  private static Known known(PasswordFile file) {
    return new Known(file, file.users().values().stream().map(PasswordHash::ofNobody).toList());
  }

  /// Goes on with another file.
  void replace(PasswordFile file) {
    known = known(file);
    verified.keySet().removeIf(user -> !file.has(user));
  }

  /// Whether the password is known to be right, without computing its slow hash.
  boolean isVerified(String user, Slice password) {
    PasswordHash hash = known.file.users().get(user);
    byte[] remembered = verified.get(user);
    return hash != null
        && remembered != null
        && MessageDigest.isEqual(remembered, keyed(user, hash, password.toArray()));
  }

  /// Computes and compares. Blocks.
  Answer check(String user, Slice password) {
    if (slots.getQueueLength() >= MAX_WAITING) {
      return Answer.BUSY;
    }
    try {
      if (!slots.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        return Answer.BUSY;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.BUSY;
    }
    try {
      return isVerified(user, password) || compute(user, password) ? Answer.RIGHT : Answer.WRONG;
    } finally {
      slots.release();
    }
  }

  private boolean compute(String user, Slice password) {
    Known now = known;
    PasswordHash hash = now.file.users().get(user);
    byte[] bytes = password.toArray();
    if (hash == null) {
      boolean matches = likeSomebody(now, user).matches(bytes);
      assert !matches : "a hash of zeros";
      return false;
    }
    if (!hash.matches(bytes)) {
      return false;
    }
    verified.put(user, keyed(user, hash, bytes));
    return true;
  }

  /// For an unknown user: as costly as one of the users, always the same one.
  private PasswordHash likeSomebody(Known now, String user) {
    if (now.costs.isEmpty()) {
      return PasswordHash.NOBODY;
    }
    int index = ByteBuffer.wrap(keyed(user, null, new byte[0])).getInt();
    return now.costs.get(Math.floorMod(index, now.costs.size()));
  }

  /// Whether the user still has the hash that it has now.
  Validity validity(String user) {
    PasswordHash then = known.file.users().get(user);
    return () -> then != null && then.equals(known.file.users().get(user));
  }

  private byte[] keyed(String user, @Nullable PasswordHash hash, byte[] password) {
    try {
      Mac mac = Mac.getInstance(MAC);
      mac.init(key);
      byte[] name = user.getBytes(StandardCharsets.UTF_8);
      mac.update(ByteBuffer.allocate(4).putInt(0, name.length));
      mac.update(name);
      byte[] encoded = hash == null ? new byte[0] : hash.encoded().getBytes(StandardCharsets.UTF_8);
      mac.update(ByteBuffer.allocate(4).putInt(0, encoded.length));
      mac.update(encoded);
      return mac.doFinal(password);
    } catch (GeneralSecurityException e) { // every JDK has it
      throw new IllegalStateException(MAC, e);
    }
  }
}
