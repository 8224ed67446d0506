package io.dunlin.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dunlin.admin.Control;
import io.dunlin.base.OwnedBy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// The command's end of a broker's control socket; see [Control].
@OwnedBy("caller")
final class CtlClient implements AutoCloseable {
  /// What went wrong, in words for whoever typed the command.
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    private final ExitCode exitCode;

    Failed(ExitCode exitCode, String message) {
      super(message);
      this.exitCode = exitCode;
    }

    ExitCode exitCode() {
      return exitCode;
    }
  }

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int READ_BYTES = 64 * 1024;

  private final SocketChannel channel;
  private ByteBuffer input = ByteBuffer.allocate(READ_BYTES).flip();

  private CtlClient(SocketChannel channel) {
    this.channel = channel;
  }

  /// Connects to the broker that runs on a data directory.
  static CtlClient connect(Path dataDirectory) throws Failed {
    Path socket = Control.socket(dataDirectory);
    try {
      if (!Files.isDirectory(dataDirectory)) {
        dataDirectory.getFileSystem().provider().checkAccess(dataDirectory);
      }
      socket.getFileSystem().provider().checkAccess(socket);
      SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
      try {
        channel.connect(UnixDomainSocketAddress.of(socket));
        return new CtlClient(channel);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (NoSuchFileException | ConnectException e) {
      throw new Failed(
          ExitCode.UNAVAILABLE,
          "no broker runs on the data directory "
              + dataDirectory
              + "; say which one with --data, or --config");
    } catch (AccessDeniedException e) {
      throw new Failed(ExitCode.REFUSED, noPermission(dataDirectory));
    } catch (SocketException e) {
      String message = String.valueOf(e.getMessage());
      throw message.contains("ermission")
          ? new Failed(ExitCode.REFUSED, noPermission(dataDirectory))
          : new Failed(ExitCode.FAILURE, "cannot reach the broker at " + socket + ": " + message);
    } catch (IOException e) {
      throw new Failed(ExitCode.FAILURE, "cannot reach the broker at " + socket + ": " + e);
    }
  }

  private static String noPermission(Path dataDirectory) {
    String owner;
    try {
      owner = "user " + Files.getOwner(dataDirectory).getName();
    } catch (IOException e) {
      owner = "its owner";
    }
    return "no permission for the broker's socket in "
        + dataDirectory
        + ": only "
        + owner
        + " may control this broker";
  }

  static ObjectNode request(String what) {
    return MAPPER.createObjectNode().put("v", Control.VERSION).put("do", what);
  }

  /// Sends a request and returns what is under `ok` in the answer.
  JsonNode ask(ObjectNode request) throws Failed {
    send(request);
    JsonNode answer = next();
    if (answer == null) {
      throw new Failed(
          ExitCode.FAILURE, "the broker closed the connection: it stops, or serves others already");
    }
    return answer;
  }

  private void send(ObjectNode request) throws Failed {
    try {
      ByteBuffer bytes = ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw new Failed(ExitCode.FAILURE, "the broker is gone: " + e.getMessage());
    }
  }

  /// The next line: what is under `ok`, or the line of a trace. Null at the end.
  @Nullable JsonNode next() throws Failed {
    try {
      String line = readLine();
      if (line == null) {
        return null;
      }
      JsonNode answer = MAPPER.readTree(line);
      if (answer.has("error")) {
        throw new Failed(ExitCode.FAILURE, answer.get("error").asText());
      }
      return answer.has("ok") ? answer.get("ok") : answer;
    } catch (IOException e) {
      throw new Failed(ExitCode.FAILURE, "the broker is gone: " + e.getMessage());
    }
  }

  private @Nullable String readLine() throws IOException {
    int looked = input.position();
    while (true) {
      for (; looked < input.limit(); looked++) {
        if (input.get(looked) == '\n') {
          int from = input.position();
          input.position(looked + 1);
          return new String(input.array(), from, looked - from, StandardCharsets.UTF_8);
        }
      }
      looked -= input.position();
      input.compact();
      if (!input.hasRemaining()) {
        input = ByteBuffer.allocate(input.capacity() * 2).put(input.flip());
      }
      int read = channel.read(input);
      input.flip();
      if (read < 0) {
        return null;
      }
    }
  }

  /// Closes the connection: a trace ends.
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e); // a close of a local socket does not fail
    }
  }
}
