import type { MethodDefinition } from '@grpc/grpc-js';
import {
  decodeListRequest,
  decodeListResponse,
  decodeRequest,
  decodeResponse,
  encodeListRequest,
  encodeListResponse,
  encodeRequest,
  encodeResponse,
  type HealthCheckRequest,
  type HealthCheckResponse,
  type HealthListResponse,
} from './codec.js';
import { HEALTH_PATH } from './names.js';

/** Methods of grpc.health.v1.Health as grpc-js takes them. */
export type HealthDefinition = {
  readonly Check: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly Watch: MethodDefinition<HealthCheckRequest, HealthCheckResponse>;
  readonly List: MethodDefinition<object, HealthListResponse>;
};

export function definition(): HealthDefinition {
  const check = {
    path: `${HEALTH_PATH}Check`,
    originalName: 'check',
    requestStream: false,
    responseStream: false,
    requestSerialize: encodeRequest,
    requestDeserialize: decodeRequest,
    responseSerialize: encodeResponse,
    responseDeserialize: decodeResponse,
  };
  return {
    Check: check,
    Watch: { ...check, path: `${HEALTH_PATH}Watch`, originalName: 'watch', responseStream: true },
    List: {
      path: `${HEALTH_PATH}List`,
      originalName: 'list',
      requestStream: false,
      responseStream: false,
      requestSerialize: encodeListRequest,
      requestDeserialize: decodeListRequest,
      responseSerialize: encodeListResponse,
      responseDeserialize: decodeListResponse,
    },
  };
}
