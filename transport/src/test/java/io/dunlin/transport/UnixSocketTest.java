package io.dunlin.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file of a Unix socket.
final class UnixSocketTest {
  @TempDir Path directory;

  @Test
  void itIsForTheGroupAndRemovedAtTheEnd() throws Exception {
    Path path = directory.resolve("s");
    try (var transport = listen(path)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-rw----");
      assertThat(transport.listener.address()).isEqualTo(UnixDomainSocketAddress.of(path));
      transport.listener.close();
      assertThat(path).doesNotExist();
    }
  }

  @Test
  void itsModeCanBeSet() throws Exception {
    Path path = directory.resolve("s");
    var mode = PosixFilePermissions.fromString("rw-------");
    try (var _ =
        new OpenTransport(UnixDomainSocketAddress.of(path), plain -> plain.withMode(mode))) {
      assertThat(Files.getPosixFilePermissions(path)).isEqualTo(mode);
    }
  }

  @Test
  void oneThatIsLeftOverIsReplaced() throws Exception {
    Path path = directory.resolve("s");
    try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();

    try (var transport = listen(path);
        var client = new StreamClient.Unix(UnixDomainSocketAddress.of(path))) {
      client.getOutputStream().write(7);
      assertThat(client.getInputStream().read()).isEqualTo(7);
      assertThat(transport.accepted().remoteAddress()).isEqualTo("unix:" + path);
    }
  }

  @Test
  void oneThatIsInUseOrNoSocketIsLeftAlone() throws Exception {
    Path path = directory.resolve("s");
    try (var _ = listen(path)) {
      assertThatThrownBy(() -> listen(path)).hasRootCauseMessage(path + ": address already in use");
      assertThat(path).exists();
    }
    Files.writeString(path, "mine");
    assertThatThrownBy(() -> listen(path)).hasRootCauseMessage(path + " exists and is no socket");
    assertThat(path).hasContent("mine");
  }

  private static OpenTransport listen(Path path) throws IOException {
    return new OpenTransport(UnixDomainSocketAddress.of(path), UnaryOperator.identity());
  }
}
