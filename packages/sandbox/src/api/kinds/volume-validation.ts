import { posix } from 'node:path';
import type { FieldError } from '../kinds.js';
import { validateFieldRef, validateResourceRef } from './env-validation.js';
import { duplicate, forbidden, invalid, invalidEach, notFound, required } from './field-errors.js';
import { dns1123Label } from './names.js';
import type { Container, DownwardFile, KeyToPath, ProjectedSource, Volume } from './pod-types.js';

/** In the order in which upstream looks at them: of several, the first one counts. */
const VOLUME_TYPES = ['emptyDir', 'hostPath', 'secret', 'downwardAPI', 'configMap', 'projected'];
const MODE = 'must be a number between 0 and 0777 (octal), both inclusive';
/** The fields of a pod that a file may hold. */
const FILE_FIELDS = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const LEAST_TOKEN_SECONDS = 600;
const MOST_TOKEN_SECONDS = 2 ** 32;

/** Checks the volumes of a pod; `names` are those that can be mounted. */
export function validateVolumes(
  field: string,
  volumes: readonly Volume[],
): { names: Set<string>; errors: FieldError[] } {
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, volume] of volumes.entries()) {
    const at = `${field}[${index}]`;
    const { name = '', ...sources } = volume;
    const [first, ...more] = Object.keys(sources).sort(
      (a, b) => VOLUME_TYPES.indexOf(a) - VOLUME_TYPES.indexOf(b),
    );
    const found = first === undefined ? [] : validateSource(at, first, volume);
    found.push(...more.map((kind) => forbidden(`${at}.${kind}`, 'may not specify more than 1 volume type')));
    if (name === '') found.push(required(`${at}.name`));
    else found.push(...invalidEach(`${at}.name`, name, dns1123Label(name)));
    if (names.has(name)) found.push(duplicate(`${at}.name`, name));
    if (found.length === 0) names.add(name);
    errors.push(...found);
  }
  return { names, errors };
}

function validateSource(at: string, kind: string, volume: Volume): FieldError[] {
  const { configMap, secret, hostPath, downwardAPI, projected } = volume;
  const where = `${at}.${kind}`;
  if (kind === 'configMap' && configMap)
    return [
      ...(configMap.name ? [] : [required(`${where}.name`)]),
      ...validateMode(`${where}.defaultMode`, configMap.defaultMode),
      ...(configMap.items ?? []).flatMap((item, index) => validateItem(`${where}.items[${index}]`, item)),
    ];
  if (kind === 'secret' && secret)
    return [
      ...(secret.secretName ? [] : [required(`${where}.secretName`)]),
      ...validateMode(`${where}.defaultMode`, secret.defaultMode),
      ...(secret.items ?? []).flatMap((item, index) => validateItem(`${where}.items[${index}]`, item)),
    ];
  if (kind === 'downwardAPI' && downwardAPI)
    return [
      ...validateMode(`${where}.defaultMode`, downwardAPI.defaultMode),
      ...(downwardAPI.items ?? []).flatMap((file) => validateFile(where, file)),
    ];
  if (kind === 'projected' && projected)
    return [
      ...validateMode(`${where}.defaultMode`, projected.defaultMode),
      ...validateProjected(where, projected.sources ?? []),
    ];
  if (kind !== 'hostPath' || !hostPath) return [];
  if (!hostPath.path) return [required(`${where}.path`)];
  return validateBacksteps(`${where}.path`, hostPath.path);
}

function validateMode(field: string, mode: number | undefined): FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [invalid(field, mode, MODE)];
}

function validateItem(at: string, { key, path = '', mode }: KeyToPath): FieldError[] {
  return [
    ...(key ? [] : [required(`${at}.key`)]),
    ...(path ? [] : [required(`${at}.path`)]),
    ...validateLocalPath(`${at}.path`, path),
    ...validateMode(`${at}.mode`, mode),
  ];
}

function validateFile(
  at: string,
  { path = '', mode, fieldRef, resourceFieldRef }: DownwardFile,
): FieldError[] {
  const errors = path ? [] : [required(`${at}.path`)];
  errors.push(...validateLocalPath(`${at}.path`, path));
  if (fieldRef) {
    errors.push(...validateFieldRef(`${at}.fieldRef`, fieldRef.fieldPath, FILE_FIELDS));
    const detail = 'fieldRef and resourceFieldRef can not be specified simultaneously';
    if (resourceFieldRef) errors.push(invalid(at, 'resource', detail));
  } else if (resourceFieldRef) {
    const where = `${at}.resourceFieldRef`;
    if (!resourceFieldRef.containerName) errors.push(required(`${where}.containerName`));
    else errors.push(...validateResourceRef(where, resourceFieldRef));
  } else {
    errors.push(required(at, 'one of fieldRef and resourceFieldRef is required'));
  }
  return [...errors, ...validateMode(`${at}.mode`, mode)];
}

function validateProjected(field: string, sources: readonly ProjectedSource[]): FieldError[] {
  const paths = new Set<string>();
  const take = (path: string | undefined, whose: string | undefined): FieldError[] => {
    if (!path) return [];
    if (paths.has(path)) return [invalid(field, whose ?? path, 'conflicting duplicate paths')];
    paths.add(path);
    return [];
  };
  return sources.flatMap((source, index) => {
    const at = `${field}.sources[${index}]`;
    const errors: FieldError[] = [];
    for (const kind of ['secret', 'configMap'] as const) {
      const data = source[kind];
      if (!data) continue;
      if (!data.name) errors.push(required(`${at}.${kind}.name`));
      for (const [position, item] of (data.items ?? []).entries()) {
        const where = `${at}.${kind}.items[${position}]`;
        errors.push(...validateItem(where, item), ...take(item.path, data.name ?? ''));
      }
    }
    for (const file of source.downwardAPI?.items ?? [])
      errors.push(...validateFile(`${at}.downwardAPI`, file), ...take(file.path, undefined));
    if (source.serviceAccountToken) errors.push(...validateToken(field, at, source.serviceAccountToken));
    if (Object.keys(source).length > 1) errors.push(forbidden(at, 'may not specify more than 1 volume type'));
    return errors;
  });
}

function validateToken(
  field: string,
  at: string,
  { path, expirationSeconds = LEAST_TOKEN_SECONDS }: NonNullable<ProjectedSource['serviceAccountToken']>,
): FieldError[] {
  const where = `${at}.serviceAccountToken.expirationSeconds`;
  const errors: FieldError[] = [];
  if (expirationSeconds < LEAST_TOKEN_SECONDS)
    errors.push(invalid(where, expirationSeconds, 'may not specify a duration less than 10 minutes'));
  if (expirationSeconds > MOST_TOKEN_SECONDS)
    errors.push(invalid(where, expirationSeconds, 'may not specify a duration larger than 2^32 seconds'));
  return [...errors, ...(path ? validateLocalPath(`${field}.path`, path) : [required(`${field}.path`)])];
}

/** Checks a relative path inside a volume that takes none of the names that the volume itself uses. */
function validateLocalPath(field: string, path: string): FieldError[] {
  const errors = validateDescending(field, path);
  if (path.startsWith('..') && !path.startsWith('../'))
    errors.push(invalid(field, path, "must not start with '..'"));
  return errors;
}

function validateDescending(field: string, path: string): FieldError[] {
  const absolute = posix.isAbsolute(path) ? [invalid(field, path, 'must be a relative path')] : [];
  return [...absolute, ...validateBacksteps(field, path)];
}

function validateBacksteps(field: string, path: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

/** Checks what a container mounts; upstream names the whole list where a path inside a volume is wrong. */
export function validateMounts(
  field: string,
  mounts: NonNullable<Container['volumeMounts']>,
  volumes: ReadonlySet<string>,
): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap(({ name = '', mountPath = '', subPath, subPathExpr }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (!name) errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    if (!mountPath) errors.push(required(`${at}.mountPath`));
    else if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (subPath) errors.push(...validateDescending(`${field}.subPath`, subPath));
    if (!subPathExpr) return errors;
    const both = 'subPathExpr and subPath are mutually exclusive';
    if (subPath) errors.push(invalid(`${at}.subPathExpr`, subPathExpr, both));
    return [...errors, ...validateDescending(`${field}.subPathExpr`, subPathExpr)];
  });
}
