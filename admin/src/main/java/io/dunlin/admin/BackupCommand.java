package io.dunlin.admin;

import com.fasterxml.jackson.databind.JsonNode;
import io.dunlin.broker.Broker;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `dunlin ctl backup`. Thread-safe: one at a time. Blocks while it writes.
final class BackupCommand {
  private static final Logger LOG = LoggerFactory.getLogger(BackupCommand.class);

  private final Broker broker;
  private final AtomicBoolean running = new AtomicBoolean();

  BackupCommand(Broker broker) {
    this.broker = broker;
  }

  JsonNode run(String directory) throws Refusal {
    Path target = target(directory);
    if (!running.compareAndSet(false, true)) {
      throw new Refusal("failed", "another backup is running; wait for its end");
    }
    try {
      long before = System.nanoTime();
      LOG.info("backup.begin target={}", target);
      broker.backup(target);
      return Json.object()
          .put("directory", target.toString())
          .put("bytes", bytes(target))
          .put("millis", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
    } catch (FileAlreadyExistsException e) {
      throw new Refusal(
          "bad-request", e.getMessage() + "; a backup needs a directory that is empty or new");
    } catch (IOException e) {
      LOG.warn("backup.failed target={} error={}", target, e.toString());
      throw new Refusal("failed", why(e, target));
    } finally {
      running.set(false);
    }
  }

  private Path target(String directory) throws Refusal {
    Path target;
    try {
      target = Path.of(directory).normalize();
    } catch (InvalidPathException e) {
      throw new Refusal("bad-request", "'" + directory + "' is no path: " + e.getReason());
    }
    if (!target.isAbsolute()) {
      throw new Refusal("bad-request", "'" + directory + "' is not absolute");
    }
    Path root = broker.data().root().toAbsolutePath().normalize();
    if (target.startsWith(root.resolve("log")) || target.startsWith(root.resolve("store"))) {
      throw new Refusal("bad-request", target + " is where the broker itself writes");
    }
    return target;
  }

  private static String why(IOException e, Path target) {
    String reason = e instanceof FileSystemException failed ? failed.toString() : e.getMessage();
    return "no backup was made in "
        + target
        + ", what is in it is no copy: "
        + reason
        + "; the broker itself writes there: may its user, and is there room?";
  }

  private static long bytes(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
