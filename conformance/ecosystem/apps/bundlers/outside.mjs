// Bundled, with a library left outside that brings grpc-js of its own.
import { createChannel } from 'nice-grpc';
import './app.mjs';

createChannel('localhost:1').close();
