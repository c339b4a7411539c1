// What an application preloads to be traced: spans are printed when the process ends.
const {
  NodeTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} = require('@opentelemetry/sdk-trace-node');
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { GrpcInstrumentation } = require('@opentelemetry/instrumentation-grpc');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
provider.register();
registerInstrumentations({
  tracerProvider: provider,
  instrumentations: [new GrpcInstrumentation(), new HttpInstrumentation()],
});
process.on('exit', () => {
  for (const { name, kind, attributes } of exporter.getFinishedSpans())
    process.stdout.write(`span ${JSON.stringify({ name, kind, attributes })}\n`);
});
