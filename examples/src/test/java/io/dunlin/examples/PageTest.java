package io.dunlin.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The page in a real browser, over a real WebSocket. Leaves pictures in `target/pictures`; those
/// of the README are made so.
@Tag("chromium")
class PageTest {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final Path PICTURES = Path.of("target", "pictures");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"household, meter, energy", "factory, robot, parts"})
  void pageShowsEachDeviceLive(String scene, String device, String value) throws Exception {
    try (ShowProcess show = new ShowProcess(folder, scene, "90");
        Browser browser = new Browser(folder.resolve("profile"))) {
      browser.open(show.page());

      await(browser, "return document.getElementById('state').textContent", "connected to");
      await(browser, "return '' + document.querySelectorAll('article small.on').length", "5");
      String valueThere =
          "const d = document.getElementById('device-"
              + device
              + "'); return d && [...d.querySelectorAll('dt')].some(t => t.textContent === '"
              + value
              + "') ? 'there' : 'absent'";
      await(browser, valueThere, "there");
      await(
          browser,
          "return document.getElementById('count').textContent > 400 ? 'many' : 'few'",
          "many");
      Files.createDirectories(PICTURES);
      browser.screenshot(PICTURES.resolve(scene + ".png"));
    }
    assertThat(PICTURES.resolve(scene + ".png")).isNotEmptyFile();
  }

  private static void await(Browser browser, String script, String answer) throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    String last = browser.ask(script);
    while (!last.equals(answer) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
      last = browser.ask(script);
    }
    assertThat(last).as(script).isEqualTo(answer);
  }
}
