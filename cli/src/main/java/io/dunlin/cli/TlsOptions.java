package io.dunlin.cli;

import io.dunlin.client.TlsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// The options of `pub` and `sub` about TLS, and what they come to.
final class TlsOptions {
  /// Each of these alone asks for TLS.
  private static final List<String> ANY =
      List.of("--tls", "--cafile", "--cert", "--key", "--insecure", "--ciphers");

  private TlsOptions() {}

  static void addTo(CommandSpec spec) {
    spec.addOption(
            ClientOptions.flag(
                "Use TLS; the options below say so too.", "--tls", "--tls-use-os-certs"))
        .addOption(
            OptionSpec.builder("--cafile", "--capath")
                .paramLabel("FILE")
                .type(Path.class)
                .description(
                    "Certificates to trust (PEM), in a file or in those of a directory; default:"
                        + " those of Java.")
                .build())
        .addOption(ClientOptions.file("The client's own certificate (PEM).", "--cert"))
        .addOption(ClientOptions.file("The private key to it (PEM, PKCS #8).", "--key"))
        .addOption(
            ClientOptions.flag(
                "Do not check that the server's certificate is for this host: anybody with a"
                    + " certificate can pose as it.",
                "--insecure"))
        .addOption(
            ClientOptions.text("VERSION", "tlsv1.2 or tlsv1.3; default: either.", "--tls-version"))
        .addOption(
            ClientOptions.text(
                "NAMES",
                "The cipher suites of TLS to offer, by the names that RFCs give them, with ':'"
                    + " between them.",
                "--ciphers"))
        .addOption(
            ClientOptions.text("NAME", "Offer this application protocol in TLS.", "--tls-alpn"));
  }

  /// Null where nobody asks for TLS.
  ///
  /// @throws picocli.CommandLine.ParameterException if they do not fit together
  static @Nullable TlsConfig of(ClientOptions options, ParseResult parsed) {
    return ANY.stream().anyMatch(options::has) ? config(options, parsed) : null;
  }

  /// What they say where TLS is asked for anyway.
  ///
  /// @throws picocli.CommandLine.ParameterException if they do not fit together
  static TlsConfig config(ClientOptions options, ParseResult parsed) {
    @Nullable Path certificate = parsed.matchedOptionValue("--cert", null);
    @Nullable Path key = parsed.matchedOptionValue("--key", null);
    if ((certificate == null) != (key == null)) {
      throw options.wrong("--cert and --key go together");
    }
    List<String> versions =
        switch (options.text("--tls-version", "").toLowerCase(Locale.ROOT)) {
          case "" -> List.of();
          case "tlsv1.2" -> List.of("TLSv1.2");
          case "tlsv1.3" -> List.of("TLSv1.3");
          default -> throw options.wrong("--tls-version: neither tlsv1.2 nor tlsv1.3");
        };
    return new TlsConfig(
        parsed.matchedOptionValue("--cafile", null),
        certificate,
        key,
        !options.has("--insecure"),
        versions,
        options.has("--ciphers") ? List.of(options.text("--ciphers", "").split(":")) : List.of(),
        options.has("--tls-alpn") ? List.of(options.text("--tls-alpn", "")) : List.of());
  }
}
