import sys
import time

import grpc
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

calls = int(sys.argv[2]) if len(sys.argv) > 2 else 20

with grpc.insecure_channel(sys.argv[1]) as channel:
    health = HealthStub(channel)
    for _ in range(calls):
        reply = health.Check(HealthCheckRequest(), wait_for_ready=True)
        print(HealthCheckResponse.ServingStatus.Name(reply.status))
        time.sleep(0.1)
