import type { FieldError } from '../kinds.js';
import { validateEnv, validateEnvFrom } from './env-validation.js';
import {
  duplicate,
  forbidden,
  invalid,
  invalidEach,
  nonnegative,
  notSupported,
  required,
} from './field-errors.js';
import { dns1123Label, portName, portNumber } from './names.js';
import type { Container, ContainerPort, Handler, Probe } from './pod-types.js';
import { validateResources } from './quantity.js';
import { validateMounts } from './volume-validation.js';

/** The transport protocols of ports. */
const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];

const PULL_POLICIES = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES = ['File', 'FallbackToLogsOnError'];
const HANDLERS = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;
/** What the rest of the pod means for its containers. */
export interface PodContext {
  readonly volumes: ReadonlySet<string>;
  readonly graceSeconds: number | undefined;
}

/** Checks the main containers of a pod. */
export function validateContainers(
  field: string,
  containers: readonly Container[],
  context: PodContext,
): FieldError[] {
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  return containers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    return [
      ...validateCommon(at, container, context),
      ...uniqueName(at, container, names),
      ...validateHooks(at, container, context),
    ];
  });
}

/** Checks the init containers of a pod; their names must differ from those of the main containers too. */
export function validateInitContainers(
  field: string,
  containers: readonly Container[],
  { main, context }: { main: readonly Container[]; context: PodContext },
): FieldError[] {
  const names = new Set(main.map((container) => container.name ?? ''));
  return containers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const errors = [...validateCommon(at, container, context), ...uniqueName(at, container, names)];
    if (container.restartPolicy === 'Always') return [...errors, ...validateHooks(at, container, context)];
    for (const key of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[key] === undefined) continue;
      errors.push(
        forbidden(`${at}.${key}`, 'may not be set for init containers without restartPolicy=Always'),
      );
    }
    return errors;
  });
}

function uniqueName(at: string, { name }: Container, names: Set<string>): FieldError[] {
  if (!name) return [];
  if (names.has(name)) return [duplicate(`${at}.name`, name)];
  names.add(name);
  return [];
}

function validateCommon(at: string, container: Container, context: PodContext): FieldError[] {
  const { name, image, terminationMessagePolicy = '', imagePullPolicy = '', volumeMounts = [] } = container;
  const errors: FieldError[] = [];
  if (name) errors.push(...invalidEach(`${at}.name`, name, dns1123Label(name)));
  else errors.push(required(`${at}.name`));
  if (!image) errors.push(required(`${at}.image`));
  if (!MESSAGE_POLICIES.includes(terminationMessagePolicy)) {
    errors.push(notSupported(`${at}.terminationMessagePolicy`, terminationMessagePolicy, MESSAGE_POLICIES));
  }
  errors.push(...validatePorts(`${at}.ports`, container.ports ?? []));
  errors.push(...validateEnv(`${at}.env`, container.env ?? []));
  errors.push(...validateEnvFrom(`${at}.envFrom`, container.envFrom ?? []));
  errors.push(...validateMounts(`${at}.volumeMounts`, volumeMounts, context.volumes));
  if (!PULL_POLICIES.includes(imagePullPolicy)) {
    errors.push(notSupported(`${at}.imagePullPolicy`, imagePullPolicy, PULL_POLICIES));
  }
  return [...errors, ...validateResources(`${at}.resources`, container.resources ?? {})];
}

function validatePorts(field: string, ports: readonly ContainerPort[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (name) {
      const wrong = portName(name);
      errors.push(...invalidEach(`${at}.name`, name, wrong));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      else if (wrong.length === 0) names.add(name);
    }
    if (!containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...invalidEach(`${at}.containerPort`, containerPort, portNumber(containerPort)));
    if (hostPort) errors.push(...invalidEach(`${at}.hostPort`, hostPort, portNumber(hostPort)));
    return [...errors, ...validateProtocol(`${at}.protocol`, protocol)];
  });
}

/** Checks a port's protocol. */
export function validateProtocol(field: string, protocol: string | undefined): FieldError[] {
  if (!protocol) return [required(field)];
  return PROTOCOLS.includes(protocol) ? [] : [notSupported(field, protocol, PROTOCOLS)];
}

function validateHooks(at: string, container: Container, context: PodContext): FieldError[] {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors: FieldError[] = [];
  for (const [key, handler] of Object.entries(lifecycle ?? {})) {
    if (key === 'stopSignal') continue;
    errors.push(...validateHandler(`${at}.lifecycle.${key}`, handler, context));
  }
  if (livenessProbe) {
    errors.push(...validateProbe(`${at}.livenessProbe`, livenessProbe, context));
    errors.push(...mustSucceedOnce(`${at}.livenessProbe`, livenessProbe));
  }
  if (readinessProbe) {
    errors.push(...validateProbe(`${at}.readinessProbe`, readinessProbe, context));
    if (readinessProbe.terminationGracePeriodSeconds !== undefined) {
      const field = `${at}.readinessProbe.terminationGracePeriodSeconds`;
      const value = readinessProbe.terminationGracePeriodSeconds;
      errors.push(invalid(field, value, 'must not be set for readinessProbes'));
    }
  }
  if (startupProbe) {
    errors.push(...validateProbe(`${at}.startupProbe`, startupProbe, context));
    errors.push(...mustSucceedOnce(`${at}.startupProbe`, startupProbe));
  }
  return errors;
}

function mustSucceedOnce(at: string, { successThreshold }: Probe): FieldError[] {
  return successThreshold === 1 ? [] : [invalid(`${at}.successThreshold`, successThreshold, 'must be 1')];
}

function validateProbe(at: string, probe: Probe, context: PodContext): FieldError[] {
  const errors = validateHandler(at, probe, context);
  for (const key of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonnegative(`${at}.${key}`, probe[key]));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  return errors;
}

function validateHandler(at: string, handler: Handler, context: PodContext): FieldError[] {
  const [first, ...more] = HANDLERS.filter((kind) => handler[kind] !== undefined);
  if (first === undefined) return [required(at, 'must specify a handler type')];
  const errors = more.map((kind) => forbidden(`${at}.${kind}`, 'may not specify more than 1 handler type'));
  return [...validateAction(`${at}.${first}`, handler, context), ...errors];
}

function validateAction(at: string, handler: Handler, { graceSeconds }: PodContext): FieldError[] {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec) return exec.command?.length ? [] : [required(`${at}.command`)];
  if (httpGet) {
    const scheme = httpGet.scheme === 'HTTP' || httpGet.scheme === 'HTTPS';
    return [
      ...portNumberOrName(`${at}.port`, httpGet.port),
      ...(scheme ? [] : [notSupported(`${at}.scheme`, httpGet.scheme, ['HTTP', 'HTTPS'])]),
    ];
  }
  if (tcpSocket) return portNumberOrName(`${at}.port`, tcpSocket.port);
  if (grpc) return portNumberOrName(`${at}.port`, grpc.port);
  const seconds = sleep?.seconds ?? 0;
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(at, seconds, detail)];
}

/** Checks a port that may also be the name of a container port. */
export function portNumberOrName(field: string, port: number | string | undefined): FieldError[] {
  if (typeof port === 'string') return invalidEach(field, port, portName(port));
  return invalidEach(field, port ?? 0, portNumber(port ?? 0));
}
