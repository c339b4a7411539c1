/** What a process of readers is started with. */
export interface ReaderOrder {
  readonly port: number;
  readonly name: string;
  /** Connections, each with one stream. */
  readonly clients: number;
}

/** What it says: all streams have their first state; all have taken and answered another. */
export type ReaderNews = { readonly kind: 'ready' } | { readonly kind: 'taken' };
