package io.dunlin.broker.auth;

import io.dunlin.broker.config.ConfigException;
import io.dunlin.broker.config.Origin;
import io.dunlin.broker.config.Problem;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Users and their passwords: a text file in UTF-8, one user per line as `name:hash`, see
/// [PasswordHash]. Lines that begin with `#` and empty ones are kept as they are. Immutable.
public final class PasswordFile {
  /// No users.
  public static final PasswordFile EMPTY = new PasswordFile(List.of(), Map.of());

  private static final long MAX_FILE_BYTES = 1 << 28;
  private static final int MAX_NAME_CHARS = 1_024;
  private static final String REMEDY = "set the password with 'dunlin passwd', or delete the line";

  private final List<String> lines;
  private final Map<String, PasswordHash> users;

  private PasswordFile(List<String> lines, Map<String, PasswordHash> users) {
    this.lines = List.copyOf(lines);
    this.users = Map.copyOf(users);
  }

  /// Reads a file.
  ///
  /// @throws ConfigException with all that is wrong, each with its line
  public static PasswordFile read(Path file) throws ConfigException {
    Origin whole = new Origin.Option(file.toString());
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new IOException("larger than " + MAX_FILE_BYTES + " bytes");
      }
      return parse(file.toString(), Files.readAllLines(file, StandardCharsets.UTF_8));
    } catch (ConfigException e) {
      throw e;
    } catch (NoSuchFileException e) {
      String remedy = "make it with 'dunlin passwd " + file + " USER', or check the path";
      throw new ConfigException(List.of(new Problem(whole, "", "there is no such file", remedy)));
    } catch (CharacterCodingException e) {
      throw new ConfigException(
          List.of(new Problem(whole, "", "is not UTF-8 text", "save it as UTF-8")));
    } catch (IOException e) {
      String complaint = "cannot be read (" + e + ")";
      throw new ConfigException(
          List.of(new Problem(whole, "", complaint, "is it a file that the broker may read?")));
    }
  }

  private static PasswordFile parse(String file, List<String> lines) throws ConfigException {
    List<Problem> problems = new ArrayList<>();
    Map<String, PasswordHash> users = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Origin origin = new Origin.InFile(file, i + 1, 1);
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon);
      try {
        checkName(name);
        PasswordHash hash = PasswordHash.parse(line.substring(colon + 1).strip());
        if (users.putIfAbsent(name, hash) != null) {
          String complaint = "user '" + name + "' is there twice";
          problems.add(new Problem(origin, "", complaint, "keep one of the two lines"));
        }
      } catch (IllegalArgumentException e) {
        String complaint = colon < 0 ? "is no line 'name:hash'" : String.valueOf(e.getMessage());
        problems.add(new Problem(origin, "", complaint, REMEDY));
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new PasswordFile(lines, users);
  }

  /// Returns a user name that can stand in the file.
  ///
  /// @throws IllegalArgumentException if it cannot
  public static String checkName(String name) {
    boolean allowed =
        !name.isEmpty()
            && name.length() <= MAX_NAME_CHARS
            && !name.startsWith("#")
            && name.indexOf(':') < 0
            && name.chars().noneMatch(Character::isISOControl)
            && StandardCharsets.UTF_8.newEncoder().canEncode(name);
    if (!allowed) {
      throw new IllegalArgumentException(
          "a user name has 1 to "
              + MAX_NAME_CHARS
              + " characters, no ':' and no control character, and does not begin with '#'");
    }
    return name;
  }

  /// Users and their hashes.
  Map<String, PasswordHash> users() {
    return users;
  }

  /// Whether both have the same users with the same hashes, whatever else stands there.
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PasswordFile that && users.equals(that.users);
  }

  @Override
  public int hashCode() {
    return users.hashCode();
  }

  /// Whether there is such a user.
  public boolean has(String user) {
    return users.containsKey(user);
  }

  /// The users' names, in order.
  public List<String> names() {
    return users.keySet().stream().sorted().toList();
  }

  /// How many users there are.
  public int size() {
    return users.size();
  }

  /// The same with a user's new hash, in its line or in a new one at the end.
  public PasswordFile with(String user, PasswordHash hash) {
    String newLine = checkName(user) + ":" + hash.encoded();
    List<String> newLines = new ArrayList<>(lines);
    int at = lineOf(user);
    if (at < 0) {
      newLines.add(newLine);
    } else {
      newLines.set(at, newLine);
    }
    Map<String, PasswordHash> newUsers = new HashMap<>(users);
    newUsers.put(user, hash);
    return new PasswordFile(newLines, newUsers);
  }

  /// The same without a user.
  public PasswordFile without(String user) {
    List<String> newLines = new ArrayList<>(lines);
    int at = lineOf(user);
    if (at >= 0) {
      newLines.remove(at);
    }
    Map<String, PasswordHash> newUsers = new HashMap<>(users);
    newUsers.remove(user);
    return new PasswordFile(newLines, newUsers);
  }

  private int lineOf(String user) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).startsWith(user + ":")) {
        return i;
      }
    }
    return -1;
  }

  /// Replaces `file` as a whole: whoever reads it sees the old one or the new one. A new file is
  /// its owner's only; one that root makes gets owner and group of its directory, and that group
  /// reads it if it alone reads the directory. An existing one keeps its owner and group, and
  /// others lose what rights they had.
  public void write(Path file) throws IOException {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(line).append('\n'));
    WholeFile.secret(file).write(text.toString());
  }

  /// Whether others than its owner and group may read a file.
  static boolean isOpenToOthers(Path file) throws IOException {
    return WholeFile.hasPermissions()
        && Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
  }
}
