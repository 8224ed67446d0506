package io.dunlin.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The package, installed by dpkg into this machine's file system as it would be with it: each test
/// sees an overlay that only its own processes see, and that ends with them.
@Tag("debian")
class DebianPackageTest {
  private static final Path PACKAGE = Path.of(System.getProperty("dunlin.deb"));
  private static final String START =
      """
      su -s /bin/sh dunlin -c "$(sed -n 's/^ExecStart=//p' /lib/systemd/system/dunlin.service) --port 0" >/tmp/said 2>&1 &
      broker=$!
      for i in $(seq 600); do grep -q ready /tmp/said && break; sleep 0.1; done
      """;

  @TempDir Path folder;

  @Test
  void installedCommandIsOnThePathAndUsesItsOwnRuntimeAndCache() {
    String said =
        installed("env -u JAVA_HOME JAVA_OPTS='-Xlog:class+load -Xlog:os' dunlin version");

    assertThat(said)
        .contains(System.getProperty("dunlin.version"))
        .containsPattern("io\\.dunlin\\.cli\\.Main source: shared objects file");
  }

  @Test
  void unitStartsTheBrokerAsAUserOfItsOwn() {
    String said =
        installed(
            START
                + """
                ps -o user= -C java | sort -u
                pkill -TERM -u dunlin java; wait $broker; echo ended with $?
                cat /tmp/said; stat -c '%n %a %U' /var/lib/dunlin/*
                """);

    assertThat(said).contains("ready on 127.0.0.1:", "dunlin\n", "ended with 0");
    assertThat(said).doesNotContain(" WARN ", " ERROR ");
    assertThat(said).containsPattern("/var/lib/dunlin/log 700 dunlin");
  }

  @Test
  void systemdIsToldWhenTheBrokerIsReadyAndWhenItStops() {
    String said =
        installed(
            """
            cat >/tmp/systemd.pl <<'END'
            use Socket;
            $| = 1;
            socket(S, PF_UNIX, SOCK_DGRAM, 0);
            bind(S, sockaddr_un("/run/notify"));
            chmod 0666, "/run/notify";
            while (defined recv(S, $told, 4096, 0)) { print "$told\\n" }
            END
            perl /tmp/systemd.pl >/tmp/told &
            while [ ! -S /run/notify ]; do sleep 0.1; done
            export NOTIFY_SOCKET=/run/notify
            """
                + START
                + """
                pkill -TERM -u dunlin java; wait $broker; cat /tmp/told; kill %1
                """);

    assertThat(said)
        .contains("READY=1", "STATUS=serving 127.0.0.1:", "STOPPING=1")
        .containsPattern("MAINPID=\\d+");
  }

  @Test
  void othersReadNeitherMessagesNorConfiguration() {
    assertThat(
            installed("stat -c '%n %a %U:%G' /var/lib/dunlin /etc/dunlin /etc/dunlin/dunlin.yaml"))
        .contains(
            "/var/lib/dunlin 700 dunlin:dunlin",
            "/etc/dunlin 2750 root:dunlin",
            "/etc/dunlin/dunlin.yaml 640 root:dunlin");
  }

  @Test
  void passwordsSetByRootAreReadByTheBrokerAndByNobodyElse() {
    String said =
        installed(
            """
            umask 077
            echo secret | dunlin passwd /etc/dunlin/users ann
            printf 'users:\n  password-file: /etc/dunlin/users\n' >>/etc/dunlin/dunlin.yaml
            stat -c '%n %a %U:%G' /etc/dunlin/users
            """
                + START
                + "cat /tmp/said; pkill -TERM -u dunlin java; wait $broker");

    assertThat(said).contains("/etc/dunlin/users 640 root:dunlin", "ready on 127.0.0.1:");
  }

  @Test
  void otherFilesThatRootMakesBesideTheConfigurationGetTheBrokersGroup() {
    assertThat(installed("touch /etc/dunlin/server.pem; stat -c %U:%G /etc/dunlin/server.pem"))
        .contains("root:dunlin");
  }

  @Test
  void zshFindsItsCompletion() {
    assertThat(installed("head -n 1 /usr/share/zsh/vendor-completions/_dunlin"))
        .contains("#compdef dunlin");
  }

  @Test
  void linksOfTheDocumentationLeadSomewhere() throws IOException, InterruptedException {
    new ProcessBuilder("dpkg-deb", "-x", PACKAGE.toString(), folder.toString())
        .inheritIO()
        .start()
        .waitFor();
    Path documents = folder.resolve("usr/share/doc/dunlin");

    assertThat(documents.resolve("docs/reference/configuration.md")).exists();
    assertThat(DeadLinks.below(documents)).isEmpty();
  }

  @Test
  void packagedConfigurationIsValid() {
    assertThat(installed("dunlin config check --config /etc/dunlin/dunlin.yaml && echo valid"))
        .contains("valid");
  }

  @Test
  void unitIsAcceptedBySystemd() {
    assertThat(
            installed(
                """
                systemd-analyze verify /lib/systemd/system/dunlin.service 2>&1 | grep dunlin ||
                  echo nothing to complain
                """))
        .contains("nothing to complain");
  }

  @Test
  void upgradeKeepsConfigurationAndMessages() {
    String said =
        installed(
            """
            echo '# mine' >>/etc/dunlin/dunlin.yaml; echo kept >/var/lib/dunlin/message
            dpkg-deb -R /package.deb /tmp/next
            sed -i 's/^Version: .*/Version: 99/' /tmp/next/DEBIAN/control
            dpkg-deb -Znone -b /tmp/next /tmp/next.deb >/dev/null
            dpkg -i /tmp/next.deb >/dev/null && dpkg-query -W dunlin
            tail -n 1 /etc/dunlin/dunlin.yaml; cat /var/lib/dunlin/message
            """);

    assertThat(said).contains("dunlin\t99", "# mine", "kept");
  }

  @Test
  void removalKeepsMessagesAndPurgeTakesThem() {
    String said =
        installed(
            """
            dpkg -r dunlin >/dev/null; ls -d /var/lib/dunlin /etc/dunlin/dunlin.yaml
            dpkg -P dunlin >/dev/null 2>&1
            ls -d /var/lib/dunlin /etc/dunlin 2>&1 || echo nothing left
            """);

    assertThat(said).contains("/var/lib/dunlin\n", "/etc/dunlin/dunlin.yaml\n", "nothing left");
  }

  /// Installs the package in an overlay and runs `script` there as root; what all of it said.
  private String installed(String script) {
    try {
      Path layers = Files.createDirectory(folder.resolve("layers"));
      Path file = Files.writeString(folder.resolve("script.sh"), script + "\n");
      Process process =
          new ProcessBuilder(
                  "unshare",
                  "--mount",
                  "--pid",
                  "--fork",
                  "--kill-child",
                  "/bin/sh",
                  "src/test/sh/in-overlay.sh",
                  layers.toString(),
                  PACKAGE.toString(),
                  file.toString())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(said).isTrue();
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
