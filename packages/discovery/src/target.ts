/** The port part of a target: `:8088`, `:grpc`, or nothing. */
export type PortRef =
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'default' };

/** A parsed target: which Service, which port, and how the user wrote it. */
export interface Target {
  /** As written, with the scheme; what errors and sets show. */
  readonly text: string;
  readonly service: string;
  readonly namespace: string;
  readonly port: PortRef;
}
