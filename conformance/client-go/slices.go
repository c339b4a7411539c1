package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	// One service in each of so many cases, two in every third.
	sliceCases = 240
	// Cases whose pods are many; the largest fill three slices.
	crowdEvery = 30
	// Rounds of changes after the first look.
	sliceChanges = 2
	workers      = 6
)

func seed() uint64 {
	if text := os.Getenv("FAIRLEAD_CONFORMANCE_SEED"); text != "" {
		if n, err := strconv.ParseUint(text, 10, 64); err == nil {
			return n
		}
	}
	return 20260
}

// A case is a namespace with pods and the services that select them.
type sliceCase struct {
	namespace string
	random    *rand.Rand
	pods      int
	services  []string
}

// Sum counts what was compared, by kind of service.
type sum struct {
	mu    sync.Mutex
	order []string
	kinds map[string]*count
}

type count struct {
	asked, equal int
	first        string
}

func (s *sum) add(kind, service string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.kinds[kind]
	if c == nil {
		c = &count{}
		s.kinds[kind] = c
		s.order = append(s.order, kind)
	}
	c.asked++
	if err == nil {
		c.equal++
	} else if c.first == "" {
		c.first = service + ": " + err.Error()
	}
}

func (s *sum) report(rig *rig) {
	for _, kind := range s.order {
		c := s.kinds[kind]
		got := fmt.Sprintf("%d of %d equal", c.equal, c.asked)
		expected := fmt.Sprintf("%d of %d equal", c.asked, c.asked)
		if c.first != "" {
			got += "; " + c.first
		}
		rig.report(kind, expected, got)
	}
}

func judgeSlices(ctx context.Context, rig *rig) error {
	if err := makeNodes(ctx, rig.client); err != nil {
		return err
	}
	beating, stop := context.WithCancel(ctx)
	defer stop()
	go beat(beating, rig.client)

	found := &sum{kinds: map[string]*count{}}
	queue := make(chan int)
	failures := make(chan error, workers)
	for range workers {
		go func() {
			for i := range queue {
				if err := judgeCase(ctx, rig, found, i); err != nil {
					failures <- err
					return
				}
			}
			failures <- nil
		}()
	}
	go func() {
		defer close(queue)
		for i := range sliceCases {
			select {
			case queue <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	for range workers {
		if err := <-failures; err != nil {
			return err
		}
	}
	found.report(rig)
	return nil
}

func judgeCase(ctx context.Context, rig *rig, found *sum, i int) error {
	c := &sliceCase{namespace: fmt.Sprintf("slices-%d", i), random: rand.New(rand.NewPCG(seed(), uint64(i)))}
	if err := c.make(ctx, rig.client, i); err != nil {
		return fmt.Errorf("%s: %w", c.namespace, err)
	}
	for _, service := range c.services {
		c.compare(ctx, rig.client, found, service, true)
	}
	for range sliceChanges {
		if err := c.change(ctx, rig.client); err != nil {
			return fmt.Errorf("%s: %w", c.namespace, err)
		}
		for _, service := range c.services {
			c.compare(ctx, rig.client, found, service, false)
		}
	}
	return nil
}

// Compare looks until both agree. What the second reconciler makes of the state must not come before ours has read it.
func (c *sliceCase) compare(ctx context.Context, client kubernetes.Interface, found *sum, name string, fresh bool) {
	kind := ""
	var counts error
	err := eventually(ctx, settle/2, func() error {
		state, err := readState(ctx, client, c.namespace, name)
		if err != nil {
			return err
		}
		kind = kindOf(state.service)
		expected, err := state.reconcile(ctx)
		if err != nil {
			return err
		}
		if err := sameContent(expected, state.slices); err != nil {
			return err
		}
		counts = samePacking(expected, state.slices)
		return nil
	})
	where := c.namespace + "/" + name
	if fresh {
		found.add("slices of "+kind, where, err)
		found.add("number and sizes of slices", where, counts)
		return
	}
	found.add("slices after changes of pods and Services", where, err)
}

func kindOf(service *corev1.Service) string {
	kind := "ClusterIP Services"
	if service.Spec.ClusterIP == corev1.ClusterIPNone {
		kind = "headless Services"
	}
	for _, port := range service.Spec.Ports {
		if port.TargetPort.StrVal != "" {
			kind += " with named targetPorts"
			break
		}
	}
	if service.Spec.PublishNotReadyAddresses {
		kind += ", publishNotReadyAddresses"
	}
	if service.Spec.TrafficDistribution != nil {
		kind += ", " + *service.Spec.TrafficDistribution
	}
	return kind
}

var nodeNames = []string{"fake-0", "fake-1", "fake-2", "fake-3"}

// Nodes that nobody runs: pods on them stay as they are made.
func makeNodes(ctx context.Context, client kubernetes.Interface) error {
	for i, name := range nodeNames {
		labels := map[string]string{"topology.kubernetes.io/zone": fmt.Sprintf("zone-%d", i%2)}
		if i == 3 {
			labels = nil
		}
		// A node registers with its status; an update would race with the controllers that label it.
		ready := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "Fake", LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}
		node := &corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
			Spec:       corev1.NodeSpec{Unschedulable: true},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{ready}},
		}
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return err
		}
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: coordinationv1.LeaseSpec{HolderIdentity: &name}}
		if _, err := client.CoordinationV1().Leases("kube-node-lease").Create(ctx, lease, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// Renews the Leases, else the pods would turn unready.
func beat(ctx context.Context, client kubernetes.Interface) {
	for {
		for _, name := range nodeNames {
			patch := fmt.Sprintf(`{"spec":{"renewTime":%q}}`, time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00"))
			_, _ = client.CoordinationV1().Leases("kube-node-lease").Patch(ctx, name, "application/merge-patch+json", []byte(patch), metav1.PatchOptions{})
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(5 * time.Second):
		}
	}
}
