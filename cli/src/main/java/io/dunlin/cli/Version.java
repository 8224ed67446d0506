package io.dunlin.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/// `dunlin version`: what runs, and on what.
@Command(
    name = "version",
    description = "Print the version, the Java that runs it, and the system.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class Version implements Callable<Integer>, IVersionProvider {
  private final @Nullable Surroundings around;

  Version(Surroundings around) {
    this.around = around;
  }

  /// For picocli, which asks it for the text of `--version`.
  @SuppressWarnings("unused") // called by picocli
  Version() {
    this.around = null;
  }

  /// The version of this build: `0.1.0`.
  static String number() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      Properties properties = new Properties();
      if (in != null) {
        properties.load(in);
      }
      return properties.getProperty("version", "unknown");
    } catch (IOException e) {
      throw new IllegalStateException("version.properties", e);
    }
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "dunlin " + number(),
      "Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
      System.getProperty("os.name")
          + " "
          + System.getProperty("os.version")
          + " "
          + System.getProperty("os.arch")
    };
  }

  @Override
  public Integer call() {
    if (around != null) {
      around.out().println(String.join(System.lineSeparator(), getVersion()));
      around.out().flush();
    }
    return ExitCode.OK;
  }
}
