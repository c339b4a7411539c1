/** Says what is wrong with a name; empty when nothing is. */
export type NameRule = (value: string) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const KEY = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const PERCENT = '[0-9]+%';

const KEY_WORDS = words(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  KEY,
  ['MyName', 'my.name', '123-abc'],
);
const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;
const MAX_PORT_NAME = 15;

/** RFC 1123 label: namespaces, containers, port names. */
export const dns1123Label: NameRule = (value) => {
  const errors = atMost(value, MAX_LABEL, 'characters');
  if (whole(LABEL).test(value)) return errors;
  if (whole(SUBDOMAIN).test(value)) return [...errors, 'must not contain dots'];
  return [
    ...errors,
    words(
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
      LABEL,
      ['my-name', '123-abc'],
    ),
  ];
};

/** RFC 1123 subdomain: most objects. */
export const dns1123Subdomain: NameRule = (value) => {
  const errors = atMost(value, MAX_SUBDOMAIN, 'characters');
  if (whole(SUBDOMAIN).test(value)) return errors;
  return [
    ...errors,
    words(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      ['example.com'],
    ),
  ];
};

/** RFC 1035 label: Services. */
export const dns1035Label: NameRule = (value) => {
  const errors = atMost(value, MAX_LABEL, 'characters');
  if (whole(LABEL_1035).test(value)) return errors;
  return [
    ...errors,
    words(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035,
      ['my-name', 'abc-123'],
    ),
  ];
};

/** What may stand in a URL path: roles and their bindings. */
export const pathSegment: NameRule = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter((bad) => value.includes(bad)).map((bad) => `may not contain '${bad}'`);
};

/** `name` or `prefix.example/name`: label keys, annotation keys, finalizers. */
export const qualifiedName: NameRule = (value) => {
  const parts = value.split('/');
  if (parts.length > 2) {
    return [
      `a valid label key ${KEY_WORDS} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1) ?? '';
  const errors: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') errors.push('prefix part must be non-empty');
    else errors.push(...dns1123Subdomain(prefix).map((each) => `prefix part ${each}`));
  }
  if (name === '') errors.push('name part must be non-empty');
  errors.push(...atMost(name, MAX_LABEL, 'bytes').map((each) => `name part ${each}`));
  if (!whole(KEY).test(name)) errors.push(`name part ${KEY_WORDS}`);
  return errors;
};

/** The value of a label; may be empty. */
export const labelValue: NameRule = (value) => {
  const errors = atMost(value, MAX_LABEL, 'bytes');
  if (whole(`(${KEY})?`).test(value)) return errors;
  return [
    ...errors,
    words(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      `(${KEY})?`,
      ['MyValue', 'my_value', '12345'],
    ),
  ];
};

/** The name of a container port, as RFC 6335 has it. */
export const portName: NameRule = (value) => {
  const errors = atMost(value, MAX_PORT_NAME, 'characters');
  if (!/^[-a-z0-9]+$/.test(value)) {
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) errors.push('must contain at least one letter (a-z)');
  if (value.includes('--')) errors.push('must not contain consecutive hyphens');
  if (/^-|-$/.test(value)) errors.push('must not begin or end with a hyphen');
  return errors;
};

/** The name of an environment variable: printable ASCII without `=`. */
export const envName: NameRule = (value) => {
  if (/^[\x20-\x3c\x3e-\x7e]*$/.test(value)) return [];
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
};

/** A key of a ConfigMap or Secret: a file name. */
export const configKey: NameRule = (value) => {
  const errors = atMost(value, MAX_SUBDOMAIN, 'characters');
  if (!whole(CONFIG_KEY).test(value)) {
    errors.push(
      words("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", CONFIG_KEY, [
        'key.name',
        'KEY_NAME',
        'key-name',
      ]),
    );
  }
  if (value === '.' || value === '..') errors.push(`must not be '${value}'`);
  else if (value.startsWith('..')) errors.push("must not start with '..'");
  return errors;
};

/** `25%`. */
export const percent: NameRule = (value) => {
  if (whole(PERCENT).test(value)) return [];
  return [
    words("a valid percent string must be a numeric string followed by an ending '%'", PERCENT, [
      '1%',
      '93%',
    ]),
  ];
};

/** A port number. */
export function portNumber(value: number): string[] {
  return value >= 1 && value <= 65_535 ? [] : ['must be between 1 and 65535, inclusive'];
}

function atMost(value: string, most: number, unit: string): string[] {
  return Buffer.byteLength(value) > most ? [`must be no more than ${most} ${unit}`] : [];
}

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`);
}

/** A rule's text with examples and the pattern that is used, in the form of Kubernetes' messages. */
function words(rule: string, pattern: string, examples: readonly string[]): string {
  const list = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${list}regex used for validation is '${pattern}')`;
}
