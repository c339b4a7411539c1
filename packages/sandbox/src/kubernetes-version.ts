/** The minor version of Kubernetes whose API and behaviour the sandbox has; nodes and API server report the same. */
export const KUBERNETES_MINOR = 36;

/** As `GET /version` and a Node's `kubeletVersion` say it. */
export const KUBERNETES_VERSION = `v1.${KUBERNETES_MINOR}.0+fairlead`;
