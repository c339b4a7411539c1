import { register } from '@fairlead/client';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

const exporter = new InMemoryMetricExporter(0);
const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 });
const meterProvider = new MeterProvider({ readers: [reader] });
register({ clusterNames: true, picksByEndpoint: true, meterProvider });

const spans = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
provider.getTracer('test').startSpan('span').end();
const otlp = new OTLPTraceExporter({ url: `http://${process.argv[2]}` });
const batch = spans.getFinishedSpans();
for (let i = 0; i < 300; i++) await new Promise((resolve) => otlp.export(batch, resolve));

const { resourceMetrics } = await reader.collect();
for (const { metrics } of resourceMetrics.scopeMetrics) {
  for (const { descriptor, dataPoints } of metrics) {
    if (descriptor.name !== 'fairlead.lb.picks') continue;
    for (const { attributes, value } of dataPoints) {
      for (let i = 0; i < value; i++) process.stdout.write(`pod ${attributes.endpoint}\n`);
    }
  }
}
await otlp.shutdown();
await meterProvider.shutdown();
