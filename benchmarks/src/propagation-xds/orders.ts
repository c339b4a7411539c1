/** What the control plane is started with. */
export interface PlaneOrder {
  readonly kubeconfig: string;
  readonly settleMs: number;
}

/** What it is asked. */
export type PlaneQuestions = {
  /** Once it listens. */
  readonly port: { readonly asked: null; readonly answer: number };
};
