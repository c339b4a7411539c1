import { quantile } from '../statistics.js';
import { endpointNumber } from './changing-source.js';
import { type Made, type Staleness, serviceOf } from './orders.js';
import { addressesOf, nameOf, type Protocol, type Response, unwrap } from './wire.js';

/** When a client was told of a change, and with it of all before. */
interface Told {
  readonly number: number;
  readonly atMs: number;
}

/** What clients were told of endpoints, and when. */
export class AssignmentLog {
  /** By client and Service, in order. */
  readonly #told = new Map<string, Map<string, Told[]>>();
  readonly #responses = new Map<string, number>();

  add(
    protocol: Protocol,
    {
      client,
      response,
      atMs,
    }: { readonly client: string; readonly response: Response; readonly atMs: number },
  ): void {
    this.#responses.set(client, (this.#responses.get(client) ?? 0) + 1);
    const services = this.#told.get(client) ?? new Map<string, Told[]>();
    this.#told.set(client, services);
    for (const resource of response.resources) {
      const assignment = unwrap(protocol, resource);
      const service = serviceOf(nameOf(assignment));
      const told = services.get(service) ?? [];
      services.set(service, told);
      told.push({ number: newestOf(assignment), atMs });
    }
  }

  /** Whether every client that has these Services was told of the last of these changes of each. */
  knows(made: readonly Made[]): boolean {
    const newest = new Map(made.map(({ service, number }) => [service, number]));
    for (const services of this.#told.values()) {
      for (const [service, number] of newest) {
        const told = services.get(service);
        if (told !== undefined && (told.at(-1)?.number ?? -1) < number) return false;
      }
    }
    return true;
  }

  /** How old these changes were when clients were told of them. Forgets all that it was told. */
  staleness(made: readonly Made[]): Staleness {
    const [first] = made;
    if (first === undefined) throw new RangeError('staleness: there are no changes');
    const ages: number[] = [];
    const firstAges: number[] = [];
    for (const services of this.#told.values()) {
      const places = new Map<string, number>();
      for (const { service, number, atMs } of made) {
        const told = services.get(service);
        if (told === undefined) continue;
        let place = places.get(service) ?? 0;
        while ((told[place]?.number ?? Number.POSITIVE_INFINITY) < number) place += 1;
        places.set(service, place);
        const age = (told[place]?.atMs ?? Number.NaN) - atMs;
        ages.push(age);
        if (number === first.number) firstAges.push(age);
      }
    }
    const answer = summary(ages, firstAges, Math.max(...this.#responses.values()));
    this.#forget();
    return answer;
  }

  #forget(): void {
    this.#responses.clear();
    for (const services of this.#told.values()) for (const told of services.values()) told.splice(0);
  }
}

function summary(ages: number[], firstAges: number[], responses: number): Staleness {
  const sorted = ages.sort((a, b) => a - b);
  const firsts = firstAges.sort((a, b) => a - b);
  return {
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    maxMs: quantile(sorted, 1),
    firstMs: quantile(firsts, 0),
    lastMs: quantile(firsts, 1),
    responses,
  };
}

/** The number of the newest endpoint: by it a response says which changes are in it. */
function newestOf(assignment: Buffer): number {
  return Math.max(...addressesOf(assignment).map(endpointNumber));
}
