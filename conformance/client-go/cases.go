package main

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/retry"
)

const hold = "fairlead.example/hold"

func (c *sliceCase) percent(share int) bool { return c.random.IntN(100) < share }

func pick[T any](c *sliceCase, all ...T) T { return all[c.random.IntN(len(all))] }

// Pods come before services, so that the controller's first look sees them all.
func (c *sliceCase) make(ctx context.Context, client kubernetes.Interface, i int) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: c.namespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	pods := c.random.IntN(16)
	if i%crowdEvery == 0 {
		pods = 90 + c.random.IntN(161)
	}
	for range pods {
		if err := c.makePod(ctx, client); err != nil {
			return err
		}
	}
	c.services = []string{"web"}
	if i%3 == 0 {
		c.services = append(c.services, "other")
	}
	for _, name := range c.services {
		if _, err := client.CoreV1().Services(c.namespace).Create(ctx, c.service(name), metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func (c *sliceCase) service(name string) *corev1.Service {
	spec := corev1.ServiceSpec{
		Selector:                 map[string]string{"app": "web"},
		PublishNotReadyAddresses: c.percent(20),
	}
	if name == "other" {
		spec.Selector["tier"] = "a"
	}
	if c.percent(45) {
		spec.ClusterIP = corev1.ClusterIPNone
	}
	if c.percent(25) {
		spec.TrafficDistribution = new(pick(c, "PreferClose", "PreferSameZone", "PreferSameNode"))
	}
	spec.Ports = c.servicePorts(spec.ClusterIP == corev1.ClusterIPNone)
	labels := map[string]string{}
	if c.percent(40) {
		labels["team"] = pick(c, "a", "b")
	}
	if c.percent(10) {
		// Not for others to copy.
		labels["service.kubernetes.io/headless"] = ""
		labels["endpointslice.kubernetes.io/managed-by"] = "me"
	}
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Spec: spec}
}

func (c *sliceCase) servicePorts(headless bool) []corev1.ServicePort {
	if headless && c.percent(25) {
		return nil
	}
	n := 1 + c.random.IntN(3)
	ports := []corev1.ServicePort{}
	for i := range n {
		port := corev1.ServicePort{Port: int32(80 + i), Protocol: pick(c, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP)}
		if n > 1 || c.percent(50) {
			port.Name = fmt.Sprintf("p%d", i)
		}
		switch c.random.IntN(4) {
		case 0, 1:
			port.TargetPort = intstr.FromString(pick(c, "web", "web", "side", "nobody"))
		case 2:
			port.TargetPort = intstr.FromInt32(int32(8080 + c.random.IntN(2)))
		}
		if c.percent(20) {
			port.AppProtocol = new(pick(c, "kubernetes.io/h2c", "grpc"))
		}
		ports = append(ports, port)
	}
	return ports
}

func (c *sliceCase) makePod(ctx context.Context, client kubernetes.Interface) error {
	c.pods++
	name := fmt.Sprintf("pod-%d", c.pods)
	spec := corev1.PodSpec{
		NodeName: pick(c, append(nodeNames, nodeNames...)...),
		// Nobody's: a pod without a node stays so.
		SchedulerName: "nobody",
		Containers:    []corev1.Container{{Name: "main", Image: "none", Ports: c.containerPorts()}},
	}
	switch {
	case c.percent(4):
		spec.NodeName = ""
	case c.percent(3):
		spec.NodeName = "ghost"
	}
	if c.percent(15) {
		always := corev1.ContainerRestartPolicyAlways
		sidecar := corev1.Container{Name: "side", Image: "none", Ports: []corev1.ContainerPort{{Name: "side", ContainerPort: 9000}}}
		if c.percent(60) {
			sidecar.RestartPolicy = &always
		}
		spec.InitContainers = []corev1.Container{sidecar}
	}
	if c.percent(25) {
		spec.Hostname = pick(c, "h-0", "h-1", name)
		spec.Subdomain = pick(c, "web", "other", "")
	}
	labels := map[string]string{"app": pick(c, "web", "web", "web", "web", "nobody"), "tier": pick(c, "a", "b")}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels, Finalizers: []string{hold}}, Spec: spec}
	pods := client.CoreV1().Pods(c.namespace)
	created, err := pods.Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	c.setStatus(created)
	status := created.Status
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		created.Status = status
		_, err := pods.UpdateStatus(ctx, created, metav1.UpdateOptions{})
		if apierrors.IsConflict(err) {
			created, _ = pods.Get(ctx, name, metav1.GetOptions{})
		}
		return err
	})
	if err != nil {
		return err
	}
	if c.percent(12) {
		return pods.Delete(ctx, name, metav1.DeleteOptions{})
	}
	return nil
}

func (c *sliceCase) containerPorts() []corev1.ContainerPort {
	ports := []corev1.ContainerPort{}
	if c.percent(80) {
		ports = append(ports, corev1.ContainerPort{Name: "web", ContainerPort: pick[int32](c, 8080, 8080, 8081), Protocol: corev1.ProtocolTCP})
	}
	if c.percent(30) {
		ports = append(ports, corev1.ContainerPort{Name: "dns", ContainerPort: 53, Protocol: corev1.ProtocolUDP})
	}
	return ports
}

func (c *sliceCase) setStatus(pod *corev1.Pod) {
	v4 := fmt.Sprintf("10.%d.%d.%d", 1+c.random.IntN(200), c.random.IntN(250), 1+c.random.IntN(250))
	v6 := fmt.Sprintf("fd00::%x", 1+c.random.IntN(60000))
	ips := pick(c, []string{v4}, []string{v4}, []string{v4}, []string{v4}, []string{v4, v6}, []string{v6, v4})
	if c.percent(5) {
		ips = pick(c, []string{v6}, nil)
	}
	pod.Status.PodIPs, pod.Status.PodIP = nil, ""
	for _, ip := range ips {
		pod.Status.PodIPs = append(pod.Status.PodIPs, corev1.PodIP{IP: ip})
	}
	if len(ips) > 0 {
		pod.Status.PodIP = ips[0]
	}
	pod.Status.Phase = pick(c, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodRunning, corev1.PodPending, corev1.PodSucceeded, corev1.PodFailed, corev1.PodUnknown)
	pod.Status.Conditions = nil
	if c.percent(93) {
		ready := pick(c, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown)
		pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: ready, LastTransitionTime: metav1.Now()}}
	}
}

// Change makes, ends and changes pods, and changes the services.
func (c *sliceCase) change(ctx context.Context, client kubernetes.Interface) error {
	pods := client.CoreV1().Pods(c.namespace)
	list, err := pods.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		if !c.percent(25) {
			continue
		}
		if err := c.changePod(ctx, client, &list.Items[i]); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	for range c.random.IntN(4) {
		if err := c.makePod(ctx, client); err != nil {
			return err
		}
	}
	for _, name := range c.services {
		if c.percent(50) {
			continue
		}
		if err := c.changeService(ctx, client, name); err != nil {
			return err
		}
	}
	return nil
}

func (c *sliceCase) changePod(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) error {
	pods := client.CoreV1().Pods(c.namespace)
	turn := c.random.IntN(4)
	if pod.DeletionTimestamp != nil || turn == 0 {
		return c.end(ctx, client, pod)
	}
	random := *c.random
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := pods.Get(ctx, pod.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		*c.random = random
		if turn == 1 {
			current.Labels = map[string]string{"app": pick(c, "web", "nobody"), "tier": pick(c, "a", "b")}
			_, err = pods.Update(ctx, current, metav1.UpdateOptions{})
			return err
		}
		if podEnded(current) {
			return nil
		}
		c.setStatus(current)
		_, err = pods.UpdateStatus(ctx, current, metav1.UpdateOptions{})
		return err
	})
}

// A phase that is final stays.
func podEnded(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// End deletes a pod, for good if it is being deleted already.
func (c *sliceCase) end(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) error {
	pods := client.CoreV1().Pods(c.namespace)
	if pod.DeletionTimestamp == nil {
		return pods.Delete(ctx, pod.Name, metav1.DeleteOptions{})
	}
	zero := int64(0)
	if err := pods.Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &zero}); err != nil {
		return err
	}
	_, err := pods.Patch(ctx, pod.Name, "application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
	return err
}

func (c *sliceCase) changeService(ctx context.Context, client kubernetes.Interface, name string) error {
	services := client.CoreV1().Services(c.namespace)
	random := *c.random
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		service, err := services.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		*c.random = random
		next := c.service(name)
		service.Labels = next.Labels
		service.Spec.PublishNotReadyAddresses = next.Spec.PublishNotReadyAddresses
		service.Spec.TrafficDistribution = next.Spec.TrafficDistribution
		service.Spec.Ports = c.servicePorts(service.Spec.ClusterIP == corev1.ClusterIPNone)
		_, err = services.Update(ctx, service, metav1.UpdateOptions{})
		return err
	})
}
