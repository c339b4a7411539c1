/** Networks of the namespace: control plane and nodes, the pods' (`10.244.NODE.0/24`), and the cluster DNS. */
export const NETWORKS = ['10.240.0.0/16', '10.244.0.0/16', '10.96.0.10/32'];
/** Virtual IPs of Services. Nobody serves them: that is kube-proxy's work. */
export const SERVICE_NETWORK = '10.96.0.0/16';
/** The `kubernetes` Service: the first address of the network, as upstream gives it. */
export const KUBERNETES_SERVICE = '10.96.0.1';
/** Cluster DNS: where clusters have it by habit. It is the one address of the network that a program binds here. */
export const CLUSTER_DNS = '10.96.0.10';
/** API server and etcd; the ports are the usual ones, because the namespace is its own. */
export const CONTROL_PLANE = '10.240.0.1';
export const API_PORT = 6443;
export const ETCD_CLIENT = `http://${CONTROL_PLANE}:2379`;
export const ETCD_PEER = `http://${CONTROL_PLANE}:2380`;

/** InternalIP of a node; nodes count from 1. */
export const nodeHost = (node: number): string => `10.240.1.${node}`;
/** Addresses of a node's pods. */
export const nodePods = (node: number): string => `10.244.${node}.0/24`;
