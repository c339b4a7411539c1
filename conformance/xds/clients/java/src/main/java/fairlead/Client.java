package fairlead;

import com.google.gson.Gson;
import com.google.protobuf.Empty;
import com.google.protobuf.StringValue;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.internal.GrpcUtil;
import io.grpc.protobuf.ProtoUtils;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A grpc-java client with xDS for the conformance: see the README of the folder of all clients for what it says. */
public final class Client {
  private static final MethodDescriptor<Empty, StringValue> NAME =
      MethodDescriptor.<Empty, StringValue>newBuilder()
          .setType(MethodType.UNARY)
          .setFullMethodName("fairlead.peers.v1.Pods/Name")
          .setRequestMarshaller(ProtoUtils.marshaller(Empty.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
          .build();
  private static final long FLUSH_MS = 200;
  private static final long TICK_MS = 5;

  private final Gson gson = new Gson();
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final long deadlineMs;
  private List<Object[]> ended = new ArrayList<>();
  private volatile int rate;
  private int made;
  private double due;
  private long lastNanos = System.nanoTime();

  private Client(Map<String, String> options) {
    rate = Integer.parseInt(options.getOrDefault("--rate", "50"));
    deadlineMs = Long.parseLong(options.getOrDefault("--deadline-ms", "5000"));
    long idleMs = Long.parseLong(options.getOrDefault("--idle-ms", "0"));
    for (String target : options.get("--targets").split(",")) {
      ManagedChannelBuilder<?> builder = Grpc.newChannelBuilder(target, InsecureChannelCredentials.create());
      if (idleMs > 0) builder.idleTimeout(idleMs, TimeUnit.MILLISECONDS);
      channels.add(builder.build());
    }
  }

  private static double epochMs() {
    var now = java.time.Instant.now();
    return now.getEpochSecond() * 1e3 + now.getNano() / 1e6;
  }

  private void call() {
    int index = made++ % channels.size();
    double started = epochMs();
    var options = CallOptions.DEFAULT.withDeadlineAfter(deadlineMs, TimeUnit.MILLISECONDS);
    ClientCall<Empty, StringValue> call = channels.get(index).newCall(NAME, options);
    call.start(
        new ClientCall.Listener<>() {
          private String pod = "";

          @Override
          public void onMessage(StringValue reply) {
            pod = reply.getValue();
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            String text = status.getDescription() == null ? "" : status.getDescription();
            add(new Object[] {started, epochMs(), status.getCode().value(), pod, text, index});
          }
        },
        new Metadata());
    call.request(1);
    call.sendMessage(Empty.getDefaultInstance());
    call.halfClose();
  }

  private synchronized void add(Object[] call) {
    ended.add(call);
  }

  private synchronized List<Object[]> take() {
    var taken = ended;
    ended = new ArrayList<>();
    return taken;
  }

  /** Calls at the rate of the moment, whatever becomes of those before; what is late is left out. */
  private void tick() {
    long now = System.nanoTime();
    due = Math.min(due, 1) + (now - lastNanos) / 1e9 * rate;
    lastNanos = now;
    for (; due >= 1; due--) call();
  }

  private void say(Object line) {
    System.out.println(gson.toJson(line));
    if (System.out.checkError()) System.exit(1);
  }

  private void run() throws Exception {
    var versions = new HashMap<String, String>();
    versions.put("grpc-java", GrpcUtil.getGrpcBuildVersion().getImplementationVersion());
    versions.put("Java", System.getProperty("java.version"));
    say(Map.of("versions", versions));
    ScheduledExecutorService work = Executors.newScheduledThreadPool(2);
    work.scheduleAtFixedRate(this::tick, TICK_MS, TICK_MS, TimeUnit.MILLISECONDS);
    work.scheduleAtFixedRate(() -> say(Map.of("calls", take())), FLUSH_MS, FLUSH_MS, TimeUnit.MILLISECONDS);
    var lines = new BufferedReader(new InputStreamReader(System.in));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) rate = Integer.parseInt(line);
    System.exit(0);
  }

  public static void main(String[] args) throws Exception {
    var options = new HashMap<String, String>();
    for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i], args[i + 1]);
    new Client(options).run();
  }
}
