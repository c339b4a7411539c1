// A control plane in a process of its own, as it is by default but for where the cluster is.
import { createControlPlane } from '@fairlead/control-plane';
import { answerQuestions, orderOf } from '../control-plane/child.js';
import type { PlaneOrder, PlaneQuestions } from './orders.js';

const { kubeconfig, settleMs } = orderOf<PlaneOrder>();
const starting = createControlPlane({ kubeconfig, settleMs, port: 0 }).start();

answerQuestions<PlaneQuestions>({ port: async () => (await starting).port });
