package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	listers "k8s.io/client-go/listers/core/v1"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/endpointslice"
	endpointsliceutil "k8s.io/endpointslice/util"
	"k8s.io/klog/v2"
)

const controllerName = "endpointslice-controller.k8s.io"

// State is what the API server has of one service.
type state struct {
	service *corev1.Service
	pods    []*corev1.Pod
	nodes   []*corev1.Node
	slices  []discoveryv1.EndpointSlice
}

func readState(ctx context.Context, client kubernetes.Interface, namespace, name string) (*state, error) {
	service, err := client.CoreV1().Services(namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	selector := labels.SelectorFromSet(service.Spec.Selector).String()
	pods, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	nodes, err := client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	managed := fmt.Sprintf("%s=%s,%s=%s", discoveryv1.LabelServiceName, name, discoveryv1.LabelManagedBy, controllerName)
	slices, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: managed})
	if err != nil {
		return nil, err
	}
	s := &state{service: service, slices: slices.Items}
	for i := range pods.Items {
		s.pods = append(s.pods, &pods.Items[i])
	}
	for i := range nodes.Items {
		s.nodes = append(s.nodes, &nodes.Items[i])
	}
	return s, nil
}

// Reconcile gives the state to the reconciler of Kubernetes; the slices that it would make of nothing.
func (s *state) reconcile(ctx context.Context) ([]discoveryv1.EndpointSlice, error) {
	client := fake.NewClientset()
	names := 0
	client.PrependReactor("create", "endpointslices", func(action clienttesting.Action) (bool, runtime.Object, error) {
		slice := action.(clienttesting.CreateAction).GetObject().(*discoveryv1.EndpointSlice)
		names++
		slice.Name = fmt.Sprintf("%s%d", slice.GenerateName, names)
		return false, slice, nil
	})
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	for _, node := range s.nodes {
		_ = nodes.Add(node)
	}
	reconciler := endpointslice.NewReconciler(client, listers.NewNodeLister(nodes), 100, endpointsliceutil.NewEndpointSliceTracker(), nil,
		record.NewFakeRecorder(100), controllerName, endpointslice.WithPreferSameTrafficDistributionEnabled(true))
	// An error here is a pod whose node does not exist: the rest is written.
	_ = reconciler.Reconcile(klog.FromContext(ctx), s.service, s.pods, nil, time.Now())
	slices, err := client.DiscoveryV1().EndpointSlices(s.service.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, err
	}
	return slices.Items, nil
}

// SameContent compares what is in the slices, whatever slice it is in.
func sameContent(expected, got []discoveryv1.EndpointSlice) error {
	return sameSet("reconciler", contents(expected), "sandbox", contents(got))
}

func contents(slices []discoveryv1.EndpointSlice) []string {
	all := []string{}
	for i := range slices {
		slice := &slices[i]
		frame := frameOf(slice)
		// A slice without endpoints counts too: a service has one when there are none.
		if len(slice.Endpoints) == 0 {
			all = append(all, frame+" empty")
		}
		for _, endpoint := range slice.Endpoints {
			all = append(all, text(endpoint)+" in "+frame)
		}
	}
	return all
}

// Frame is all of a slice but its name and endpoints.
func frameOf(slice *discoveryv1.EndpointSlice) string {
	owners := slice.OwnerReferences
	return fmt.Sprintf("%s %s labels %s owners %s", slice.AddressType, portsOf(slice), text(slice.Labels), text(owners))
}

func portsOf(slice *discoveryv1.EndpointSlice) string {
	ports := []string{}
	for _, port := range slice.Ports {
		ports = append(ports, text(port))
	}
	sort.Strings(ports)
	return "[" + strings.Join(ports, " ") + "]"
}

func text(value any) string {
	bytes, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(bytes)
}

// SamePacking compares how many endpoints are in how many slices, for each set of ports.
func samePacking(expected, got []discoveryv1.EndpointSlice) error {
	return sameSet("reconciler", sizes(expected), "sandbox", sizes(got))
}

func sizes(slices []discoveryv1.EndpointSlice) []string {
	byPorts := map[string][]int{}
	for i := range slices {
		ports := portsOf(&slices[i])
		byPorts[ports] = append(byPorts[ports], len(slices[i].Endpoints))
	}
	all := []string{}
	for ports, lengths := range byPorts {
		sort.Ints(lengths)
		all = append(all, fmt.Sprintf("%v with ports %s", lengths, ports))
	}
	return all
}
