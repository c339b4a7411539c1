/** gRPC status codes that the server kit sends. Numbers, so that health loads no copy of grpc-js. */
export const NOT_FOUND = 5;
export const UNAVAILABLE = 14;
