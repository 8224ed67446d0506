package io.dunlin.cli;

import java.io.ByteArrayOutputStream;
import java.io.Console;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where a password comes from.
interface SecretInput {
  /// Whether a person types it: then it is asked for twice.
  boolean isTerminal();

  /// Reads one line, on a terminal without echo; null at the end of the input.
  byte @Nullable [] read(String prompt) throws IOException;

  /// A user's new password, or null after it has been told why there is none.
  default byte @Nullable [] readNew(String user, Surroundings around) throws IOException {
    byte[] first = read("Password of " + user + ": ");
    if (first == null || first.length == 0) {
      around.error("no password was given; nothing has changed");
      return null;
    }
    if (!isTerminal()) {
      return first;
    }
    byte[] second = read("Again: ");
    if (!Arrays.equals(first, second)) {
      around.error("the two passwords differ; nothing has changed");
      return null;
    }
    return first;
  }

  /// The terminal of this process, or else what is given to the command.
  static SecretInput of(Surroundings around) {
    return of(System.console(), around);
  }

  private static SecretInput of(@Nullable Console console, Surroundings around) {
    return console != null && console.isTerminal() ? new Terminal(console) : new Pipe(around.in());
  }

  /// A person.
  record Terminal(Console console) implements SecretInput {
    @Override
    public boolean isTerminal() {
      return true;
    }

    @Override
    public byte @Nullable [] read(String prompt) {
      char[] typed = console.readPassword("%s", prompt);
      if (typed == null) {
        return null;
      }
      ByteBuffer bytes = ByteBuffer.allocate(4 * typed.length);
      CharsetEncoder encoder =
          StandardCharsets.UTF_8.newEncoder().onMalformedInput(CodingErrorAction.REPLACE);
      encoder.encode(CharBuffer.wrap(typed), bytes, true);
      byte[] secret = Arrays.copyOf(bytes.array(), bytes.position());
      Arrays.fill(typed, ' ');
      Arrays.fill(bytes.array(), (byte) 0);
      return secret;
    }
  }

  /// A program.
  record Pipe(InputStream in) implements SecretInput {
    @Override
    public boolean isTerminal() {
      return false;
    }

    @Override
    public byte @Nullable [] read(String prompt) throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int b = in.read();
      if (b < 0) {
        return null;
      }
      while (b >= 0 && b != '\n') {
        line.write(b);
        b = in.read();
      }
      byte[] bytes = line.toByteArray();
      boolean carriageReturn = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
      return carriageReturn ? Arrays.copyOf(bytes, bytes.length - 1) : bytes;
    }
  }
}
