package io.dunlin.tests.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;

/// One statement of a specification, from `statements.tsv`.
///
/// @param specification `3.1.1` or `5.0`
/// @param who whose duty it is: S of the server, C of the client, SC of both
/// @param noTestBecause why a statement that binds a server has no test of the broker; empty where
///   it must have one
/// @param noClientTestBecause the same for the client
record Requirement(
    String specification,
    String id,
    String who,
    String text,
    String noTestBecause,
    String noClientTestBecause) {
  static List<Requirement> all() {
    try (InputStream in = Requirement.class.getResourceAsStream("statements.tsv")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), UTF_8);
      return text.lines().filter(line -> !line.startsWith("#")).map(Requirement::parse).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Requirement parse(String line) {
    String[] fields = line.split("\t", -1);
    return new Requirement(
        fields[0],
        fields[1],
        fields[2],
        fields[3],
        fields.length > 4 ? fields[4] : "",
        fields.length > 5 ? fields[5] : "");
  }

  boolean bindsServer() {
    return who.contains("S");
  }

  boolean bindsClient() {
    return who.contains("C");
  }

  /// Why there is no test of the client, or else of the broker; empty where there must be one.
  String noTestBecause(boolean client) {
    return client ? noClientTestBecause : noTestBecause;
  }

  boolean binds(boolean client) {
    return client ? bindsClient() : bindsServer();
  }

  String key() {
    return specification + " " + id;
  }
}
