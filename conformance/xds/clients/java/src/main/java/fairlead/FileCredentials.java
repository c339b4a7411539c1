package fairlead;

import io.grpc.CallCredentials;
import io.grpc.ChannelCredentials;
import io.grpc.CompositeChannelCredentials;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.xds.XdsCredentialsProvider;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executor;

/**
 * Reads the files that a bootstrap names for "tls" (gRFC A65), which grpc-java itself does not: an application may bring
 * its own provider, found through META-INF/services. A token, of which a provider is not told, is named by the environment.
 */
public final class FileCredentials extends XdsCredentialsProvider {
  private static final String TOKEN_FILE = System.getenv("FAIRLEAD_TOKEN_FILE");

  @Override
  protected ChannelCredentials newChannelCredentials(Map<String, ?> config) {
    try {
      var tls = TlsChannelCredentials.newBuilder().trustManager(file(config, "ca_certificate_file"));
      if (config.containsKey("certificate_file"))
        tls.keyManager(file(config, "certificate_file"), file(config, "private_key_file"));
      var channel = tls.build();
      return TOKEN_FILE == null ? channel : CompositeChannelCredentials.create(channel, new Token());
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static File file(Map<String, ?> config, String name) {
    return new File((String) config.get(name));
  }

  @Override
  protected String getName() {
    return "tls";
  }

  @Override
  public boolean isAvailable() {
    return "true".equals(System.getenv("FAIRLEAD_FILE_CREDENTIALS"));
  }

  /** More than that of grpc-java's own provider of the same name, which is 5. */
  @Override
  public int priority() {
    return 6;
  }

  /** Read for each stream, because the kubelet renews it. */
  private static final class Token extends CallCredentials {
    private static final Metadata.Key<String> AUTHORIZATION =
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public void applyRequestMetadata(RequestInfo request, Executor executor, MetadataApplier applier) {
      executor.execute(
          () -> {
            try {
              var headers = new Metadata();
              headers.put(AUTHORIZATION, "Bearer " + Files.readString(Path.of(TOKEN_FILE)).strip());
              applier.apply(headers);
            } catch (IOException error) {
              applier.fail(Status.UNAVAILABLE.withCause(error));
            }
          });
    }
  }
}
