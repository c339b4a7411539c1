import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc;

public class Client {
  public static void main(String[] args) throws Exception {
    var calls = args.length > 1 ? Integer.parseInt(args[1]) : 20;
    var channel = Grpc.newChannelBuilder(args[0], InsecureChannelCredentials.create()).build();
    var health = HealthGrpc.newBlockingStub(channel).withWaitForReady();
    for (int call = 0; call < calls; call++) {
      System.out.println(health.check(HealthCheckRequest.getDefaultInstance()).getStatus());
      Thread.sleep(100);
    }
    channel.shutdownNow();
  }
}
