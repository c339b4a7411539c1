"""A grpcio (C-core) client with xDS for the conformance: see the README of its parent folder for what it says."""

import argparse
import json
import platform
import sys
import threading
import time

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.wrappers_pb2 import StringValue

METHOD = "/fairlead.peers.v1.Pods/Name"
FLUSH_S = 0.2
TICK_S = 0.005


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", required=True)
    parser.add_argument("--rate", type=int, default=50)
    parser.add_argument("--deadline-ms", type=int, default=5000)
    parser.add_argument("--idle-ms", type=int, default=0)
    return parser.parse_args()


class Client:
    def __init__(self, options):
        self.rate = options.rate
        self.deadline_s = options.deadline_ms / 1000
        channel_options = [("grpc.enable_http_proxy", 0)]
        if options.idle_ms > 0:
            channel_options.append(("grpc.client_idle_timeout_ms", options.idle_ms))
        self.methods = [
            grpc.insecure_channel(target, channel_options).unary_unary(
                METHOD, request_serializer=Empty.SerializeToString, response_deserializer=StringValue.FromString
            )
            for target in options.targets.split(",")
        ]
        self.lock = threading.Lock()
        self.ended = []

    def call(self, made):
        index = made % len(self.methods)
        started = time.time() * 1000

        def done(future):
            code, text, pod = 0, "", ""
            if future.code() is grpc.StatusCode.OK:
                pod = future.result().value
            else:
                code, text = future.code().value[0], future.details()
            with self.lock:
                self.ended.append([started, time.time() * 1000, code, pod, text, index])

        self.methods[index].future(Empty(), timeout=self.deadline_s).add_done_callback(done)

    def load(self):
        """Calls at the rate of the moment, whatever becomes of those before; what is late is left out."""
        made, due, last = 0, 0.0, time.monotonic()
        while True:
            time.sleep(TICK_S)
            now = time.monotonic()
            due, last = min(due, 1) + (now - last) * self.rate, now
            while due >= 1:
                self.call(made)
                made, due = made + 1, due - 1

    def tell(self):
        while True:
            time.sleep(FLUSH_S)
            with self.lock:
                ended, self.ended = self.ended, []
            say({"calls": ended})


def say(line):
    print(json.dumps(line), flush=True)


def main():
    client = Client(arguments())
    say({"versions": {"grpcio": grpc.__version__, "Python": platform.python_version()}})
    for work in (client.load, client.tell):
        threading.Thread(target=work, daemon=True).start()
    for line in sys.stdin:
        client.rate = int(line)


main()
