package io.dunlin.examples;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Headless Chromium, driven by ChromeDriver over W3C WebDriver.
final class Browser implements AutoCloseable {
  private static final Pattern STARTED = Pattern.compile("on port (\\d+)\\.");
  private static final Pattern SESSION = Pattern.compile("\"sessionId\":\"([^\"]+)\"");
  private static final Pattern VALUE =
      Pattern.compile("^\\{\"value\":\"((?:[^\"\\\\]|\\\\.)*)\"}$", Pattern.DOTALL);

  private final Process driver;
  private final HttpClient http = HttpClient.newHttpClient();
  private final String root;

  Browser(Path profile) throws IOException, InterruptedException {
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

  void open(String url) throws IOException, InterruptedException {
    post(root + "/url", "{\"url\":\"" + url + "\"}");
  }

  /// The string that `script`, JavaScript without double quotes, returns.
  String ask(String script) throws IOException, InterruptedException {
    String answer = post(root + "/execute/sync", "{\"script\":\"" + script + "\",\"args\":[]}");
    Matcher value = VALUE.matcher(answer);
    return value.find() ? value.group(1) : answer;
  }

  void screenshot(Path file) throws IOException, InterruptedException {
    Matcher value = VALUE.matcher(send(request(root + "/screenshot").GET().build()));
    if (!value.find()) {
      throw new IOException("no picture");
    }
    Files.write(file, Base64.getDecoder().decode(value.group(1)));
  }

  private String post(String url, String body) throws IOException, InterruptedException {
    return send(
        request(url)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private static HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url));
  }

  private String send(HttpRequest request) throws IOException, InterruptedException {
    HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException(request.uri() + ": " + response.body());
    }
    return response.body();
  }

  @Override
  public void close() {
    try {
      send(request(root).DELETE().build());
    } catch (IOException | InterruptedException e) {
      driver.descendants().forEach(ProcessHandle::destroy);
    }
    driver.destroy();
    http.close();
  }
}
