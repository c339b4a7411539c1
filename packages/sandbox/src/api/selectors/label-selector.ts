import { badRequest } from '../refusals.js';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** A parsed label selector. */
export interface LabelSelectorMatcher {
  /** Whether it has no requirement. */
  readonly everything: boolean;
  matches(labels: Labels | undefined): boolean;
}

const KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const TOKEN = /\s*(==|!=|=|!|,|\(|\)|>|<|[^\s=!,()<>]+)/y;

/**
 * Parses a label selector: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`, with commas
 * between them. Throws 400 in Kubernetes' words.
 */
export function parseLabelSelector(text: string): LabelSelectorMatcher {
  const requirements = new Parser(text).all();
  return {
    everything: requirements.length === 0,
    matches: (labels = {}) => requirements.every((requirement) => requirement(labels)),
  };
}

function unparsable(why: string): Error {
  return badRequest(`unable to parse requirement: ${why}`);
}

class Parser {
  readonly #tokens: string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(new RegExp(TOKEN, 'gy'))].map((match) => match[1]!);
  }

  all(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#tokens.length === 0) return requirements;
    for (;;) {
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator === undefined) return requirements;
      if (separator !== ',') throw unparsable(`found '${separator}', expected: ',' or 'end of string'`);
    }
  }

  #take(): string | undefined {
    return this.#tokens[this.#next++];
  }

  #peek(): string | undefined {
    return this.#tokens[this.#next];
  }

  #key(): string {
    const key = this.#take() ?? '';
    if (!KEY.test(key)) {
      throw unparsable(
        `<nil>: Invalid value: "${key}": name part must consist of alphanumeric characters, '-', '_' or '.', ` +
          'and must start and end with an alphanumeric character',
      );
    }
    return key;
  }

  #value(): string {
    const next = this.#peek();
    if (next === undefined || next === ',' || next === ')') return '';
    this.#next++;
    return checkValue(next);
  }

  #requirement(): Requirement {
    if (this.#peek() === '!') {
      this.#next++;
      const key = this.#key();
      return (labels) => !has(labels, key);
    }
    const key = this.#key();
    const operator = this.#peek();
    if (operator === undefined || operator === ',') return (labels) => has(labels, key);
    this.#next++;
    switch (operator) {
      case '=':
      case '==':
        return oneOf(key, [this.#value()]);
      case '!=':
        return not(oneOf(key, [this.#value()]));
      case 'in':
        return oneOf(key, this.#values());
      case 'notin':
        return not(oneOf(key, this.#values()));
      case '>':
      case '<':
        return this.#compared(key, operator);
      default:
        throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #values(): string[] {
    const open = this.#take();
    if (open !== '(') throw unparsable(`found '${open ?? ''}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      values.push(this.#value());
      const separator = this.#take();
      if (separator === ')') return values;
      if (separator !== ',') throw unparsable(`found '${separator ?? ''}', expected: ',' or ')'`);
    }
  }

  #compared(key: string, operator: '>' | '<'): Requirement {
    const text = this.#value();
    if (!/^-?\d+$/.test(text)) {
      throw unparsable(
        `values[0][${key}]: Invalid value: "${text}": for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const bound = Number(text);
    return (labels) => {
      const value = labels[key];
      if (!has(labels, key) || value === undefined || !/^-?\d+$/.test(value)) return false;
      return operator === '>' ? Number(value) > bound : Number(value) < bound;
    };
  }
}

function checkValue(value: string): string {
  if (VALUE.test(value) && value.length <= 63) return value;
  throw unparsable(
    `values[0]: Invalid value: "${value}": a valid label must be an empty string or consist of alphanumeric ` +
      "characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  );
}

function has(labels: Labels, key: string): boolean {
  return Object.hasOwn(labels, key);
}

function oneOf(key: string, values: readonly string[]): Requirement {
  return (labels) => has(labels, key) && values.includes(labels[key] ?? '');
}

function not(requirement: Requirement): Requirement {
  return (labels) => !requirement(labels);
}
