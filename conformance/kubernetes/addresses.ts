/** Networks of the namespace: control plane and nodes, the pods' (`10.244.NODE.0/24`), and the cluster DNS. */
export const NETWORKS = ['10.240.0.0/16', '10.244.0.0/16', '10.96.0.10/32'];
/** Virtual IPs of Services: kube-proxy rewrites packets to them. */
export const SERVICE_NETWORK = '10.96.0.0/16';
/** The `kubernetes` Service: the first address of the network, as upstream gives it. */
export const KUBERNETES_SERVICE = '10.96.0.1';
/** Cluster DNS: where clusters have it by habit. Bound as well, for machines without kube-proxy. */
export const CLUSTER_DNS = '10.96.0.10';
/** Where CoreDNS really is. */
export const DNS_HOST = '10.240.0.10';
/** The node that kube-proxy is said to run on. */
export const PROXY_HOST = '10.240.0.20';
/** API server and etcd; the ports are the usual ones, because the namespace is its own. */
export const CONTROL_PLANE = '10.240.0.1';
export const API_PORT = 6443;
export const ETCD_CLIENT = `http://${CONTROL_PLANE}:2379`;
export const ETCD_PEER = `http://${CONTROL_PLANE}:2380`;

/** InternalIP of a node; nodes count from 1. */
export const nodeHost = (node: number): string => `10.240.1.${node}`;
/** Addresses of a node's pods. */
export const nodePods = (node: number): string => `10.244.${node}.0/24`;
