package io.dunlin.examples;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Headless Chromium, driven by ChromeDriver over W3C WebDriver.
final class Browser implements AutoCloseable {
  private static final Pattern STARTED = Pattern.compile("on port (\\d+)\\.");
  private static final Pattern SESSION = Pattern.compile("\"sessionId\":\"([^\"]+)\"");
  private static final Pattern VALUE =
      Pattern.compile("^\\{\"value\":\"((?:[^\"\\\\]++|\\\\.)*+)\"}$", Pattern.DOTALL);

  private final Process driver;
  private final String root;

  Browser(Path profile) throws IOException {
    driver = new ProcessBuilder("chromedriver", "--port=0").redirectErrorStream(true).start();
    String line = "";
    Matcher started = STARTED.matcher(line);
    while (!started.find()) {
      line = driver.inputReader(StandardCharsets.UTF_8).readLine();
      if (line == null) {
        throw new IOException("chromedriver ended at once");
      }
      started = STARTED.matcher(line);
    }
    String sessions = "http://127.0.0.1:" + started.group(1) + "/session";
    String options =
        """
        {"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--headless=new","--no-sandbox",\
        "--disable-gpu","--disable-quic","--no-first-run","--disable-background-networking",\
        "--disable-component-update","--disable-sync","--disable-dev-shm-usage",\
        "--window-size=1100,640","--user-data-dir=%s"]}}}}\
        """
            .formatted(profile);
    Matcher session = SESSION.matcher(post(sessions, options));
    if (!session.find()) {
      throw new IOException("no session");
    }
    root = sessions + "/" + session.group(1);
  }

  void open(String url) throws IOException {
    post(root + "/url", "{\"url\":\"" + url + "\"}");
  }

  /// The string that `script`, JavaScript without double quotes, returns.
  String ask(String script) throws IOException {
    String answer = post(root + "/execute/sync", "{\"script\":\"" + script + "\",\"args\":[]}");
    Matcher value = VALUE.matcher(answer);
    return value.find() ? value.group(1) : answer;
  }

  void screenshot(Path file) throws IOException {
    Matcher value = VALUE.matcher(send(root + "/screenshot", "GET", null));
    if (!value.find()) {
      throw new IOException("no picture");
    }
    Files.write(file, Base64.getDecoder().decode(value.group(1)));
  }

  private static String post(String url, String body) throws IOException {
    return send(url, "POST", body);
  }

  private static String send(String url, String method, @Nullable String body) throws IOException {
    HttpURLConnection request = (HttpURLConnection) URI.create(url).toURL().openConnection();
    request.setRequestMethod(method);
    if (body != null) {
      request.setDoOutput(true);
      request.setRequestProperty("Content-Type", "application/json");
      request.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
    boolean fine = request.getResponseCode() == 200;
    try (InputStream in = fine ? request.getInputStream() : request.getErrorStream()) {
      String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      if (!fine) {
        throw new IOException(url + ": " + answer);
      }
      return answer;
    }
  }

  @Override
  public void close() {
    try {
      send(root, "DELETE", null);
    } catch (IOException e) {
      driver.descendants().forEach(ProcessHandle::destroy);
    }
    driver.destroy();
  }
}
