/**
 * Figures that stand among the `named_metrics` of a report, because `xds.data.orca.v3.OrcaLoadReport` has no field for
 * them: calls in flight at the server, and how long a call takes there (ms).
 */
export const REQUESTS_IN_FLIGHT = 'fairlead.requests_in_flight';
export const LATENCY_MS = 'fairlead.latency_ms';

/** The request header by which a client asks for a report in the trailers of the call. Its value says nothing. */
export const ASK_HEADER = 'fairlead-report-load';

/** gRFC A51: the trailer that holds a report. */
export const REPORT_TRAILER = 'endpoint-load-metrics-bin';

/** gRFC A51: the method of out-of-band reports. */
export const STREAM_METHOD = '/xds.service.orca.v3.OpenRcaService/StreamCoreMetrics';
