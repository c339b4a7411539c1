import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import protobuf from 'protobufjs';
import { oneLine, UsageError } from '../errors.js';

/** One method of a service. */
export interface Method {
  /** `package.Service/Method` */
  readonly name: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestType: protobuf.Type;
  readonly responseType: protobuf.Type;
}

/** protobufjs brings `google/protobuf/*.proto` and `google/api/*.proto`. */
const BUNDLED = dirname(createRequire(import.meta.url).resolve('protobufjs/package.json'));

/** Reads a proto file with all that it imports, from the folders given, its own, the working directory. Throws UsageError. */
export function loadProto(file: string, importPaths: readonly string[]): protobuf.Root {
  const places = [file, ...importPaths.map((folder) => join(folder, file))];
  const main = places.find((place) => existsSync(place));
  if (main === undefined) throw new UsageError(`--proto ${file}: there is no such file`);
  const folders = [...importPaths, dirname(main), '.'];
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => {
    if (origin === '') return target;
    const found = [...folders, BUNDLED]
      .map((folder) => join(folder, target))
      .find((place) => existsSync(place));
    if (found === undefined) {
      const tried = folders.map((folder) => resolve(folder)).join(', ');
      throw new UsageError(
        `--proto ${file}: it imports "${target}", which is not in ${tried}: --import-path DIR`,
      );
    }
    return found;
  };
  try {
    // Not load(): of a type that is nowhere it throws past its promise.
    root.loadSync(resolve(main), { keepCase: true });
    root.resolveAll();
    return root;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--proto ${file}: ${oneLine(error)}`, { cause: error });
  }
}

function servicesIn(namespace: protobuf.NamespaceBase): protobuf.Service[] {
  return namespace.nestedArray.flatMap((nested) => [
    ...(nested instanceof protobuf.Service ? [nested] : []),
    ...(nested instanceof protobuf.Namespace ? servicesIn(nested) : []),
  ]);
}

/** Every method, by service. */
export function methodsOf(root: protobuf.Root): Method[] {
  return servicesIn(root).flatMap((service) =>
    service.methodsArray.map((method) => {
      method.resolve();
      const { name, requestStream = false, responseStream = false } = method;
      return {
        name: `${service.fullName.slice(1)}/${name}`,
        requestStream,
        responseStream,
        requestType: method.resolvedRequestType!,
        responseType: method.resolvedResponseType!,
      };
    }),
  );
}

/** As in a proto file: `demo.Greeter/Say (stream demo.Hello) returns (demo.Reply)`. */
export function describeMethod(method: Method): string {
  const side = (stream: boolean, type: protobuf.Type): string =>
    `(${stream ? 'stream ' : ''}${type.fullName.slice(1)})`;
  const { requestStream, requestType, responseStream, responseType } = method;
  return `${method.name} ${side(requestStream, requestType)} returns ${side(responseStream, responseType)}`;
}

/** The service and method of `package.Service/Method`, `/package.Service/Method` or `package.Service.Method`. Throws UsageError. */
export function parseMethod(text: string): { readonly service: string; readonly name: string } {
  const [, service, name] = /^\/?([\w.]+)[/.](\w+)$/.exec(text) ?? [];
  if (service === undefined || name === undefined)
    throw new UsageError(`--method "${text}": package.Service/Method is accepted`);
  return { service, name };
}

/** More methods than that are too many for a line. */
const MOST_NAMES = 30;

/** The method of that name. Throws UsageError with those that there are: of the service, if it is one. */
export function findMethod(methods: readonly Method[], text: string): Method {
  const { service, name } = parseMethod(text);
  const found = methods.find((method) => method.name === `${service}/${name}`);
  if (found) return found;
  const siblings = methods.filter((method) => method.name.startsWith(`${service}/`));
  const known = (siblings.length > 0 ? siblings : methods).map((method) => method.name);
  const what = siblings.length > 0 ? `${service} has no method ${name}` : `there is no service ${service}`;
  const names = [...known.slice(0, MOST_NAMES), ...(known.length > MOST_NAMES ? ['…'] : [])];
  throw new UsageError(`--method "${text}": ${what}; accepted: ${names.join(', ') || 'none'}`);
}
