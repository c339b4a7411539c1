import { labelValue, qualifiedName } from '../kinds/names.js';
import { badRequest } from '../refusals.js';

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** A parsed label selector. */
export interface LabelSelectorMatcher {
  /** Whether it has no requirement. */
  readonly everything: boolean;
  matches(labels: Labels | undefined): boolean;
}

const TOKEN = /\s*(==|!=|=|!|,|\(|\)|>|<|[^\s=!,()<>]+)/gy;
const IDENTIFIER = /^[^\s=!,()<>]/;
const INTEGER = /^[+-]?\d+$/;

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
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(TOKEN)].map((match) => match[1] ?? '');
  }

  all(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek() === '') return requirements;
    if (!startsRequirement(this.#peek()))
      throw badRequest(`found '${this.#peek()}', expected: !, identifier, or 'end of string'`);
    for (;;) {
      requirements.push(this.#requirement());
      const separator = this.#take();
      if (separator === '') return requirements;
      if (separator !== ',') throw badRequest(`found '${separator}', expected: ',' or 'end of string'`);
      if (!startsRequirement(this.#peek()))
        throw badRequest(`found '${this.#peek()}', expected: identifier after ','`);
    }
  }

  /** The next token; empty at the end. */
  #peek(): string {
    return this.#tokens[this.#next] ?? '';
  }

  #take(): string {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #identifier(expected = 'identifier'): string {
    const token = this.#take();
    if (!IDENTIFIER.test(token)) throw unparsable(`found '${token}', expected: ${expected}`);
    return token;
  }

  #requirement(): Requirement {
    const absent = this.#peek() === '!';
    if (absent) this.#next++;
    const key = this.#identifier();
    refuse('<nil>', key, qualifiedName(key));
    if (absent) return not(exists(key));
    const operator = this.#peek();
    if (operator === '' || operator === ',') return exists(key);
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
        return compared(key, operator, this.#value());
      default:
        throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #value(): string {
    const next = this.#peek();
    return next === '' || next === ',' ? '' : this.#identifier();
  }

  #values(): string[] {
    const open = this.#take();
    if (open !== '(') throw unparsable(`found '${open}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      const next = this.#peek();
      const expected = values.length === 0 ? "',', ')' or identifier" : "',', or identifier";
      values.push(next === ',' || next === ')' ? '' : this.#identifier(expected));
      const separator = this.#take();
      if (separator === ')') return values;
      if (separator !== ',') throw unparsable(`found '${separator}', expected: ',' or ')'`);
    }
  }
}

const startsRequirement = (token: string): boolean => token === '!' || IDENTIFIER.test(token);

function refuse(field: string, value: string, problems: readonly string[]): void {
  if (problems.length > 0) throw unparsable(`${field}: Invalid value: "${value}": ${problems.join('; ')}`);
}

function compared(key: string, operator: '>' | '<', text: string): Requirement {
  const problem = "for 'Gt', 'Lt' operators, the value must be an integer";
  if (!INTEGER.test(text)) refuse('values[0]', text, [problem]);
  const bound = Number(text);
  return (labels) => {
    const value = labels[key];
    if (!has(labels, key) || value === undefined || !INTEGER.test(value)) return false;
    return operator === '>' ? Number(value) > bound : Number(value) < bound;
  };
}

function oneOf(key: string, values: string[]): Requirement {
  // Upstream checks a sorted set.
  for (const [index, value] of values.sort().entries())
    refuse(`values[${index}][${key}]`, value, labelValue(value));
  return (labels) => has(labels, key) && values.includes(labels[key] ?? '');
}

function exists(key: string): Requirement {
  return (labels) => has(labels, key);
}

function has(labels: Labels, key: string): boolean {
  return Object.hasOwn(labels, key);
}

function not(requirement: Requirement): Requirement {
  return (labels) => !requirement(labels);
}
