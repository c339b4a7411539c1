package main

import (
	"context"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
)

const churnNamespace = "churn"

func makeChurn(ctx context.Context, client kubernetes.Interface) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: churnNamespace}}
	if _, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	labels := map[string]string{"app": "churn"}
	replicas := int32(3)
	deployment := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "churn"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "churn", "tier": "a"}},
				Spec:       echoPod(),
			},
		},
	}
	if _, err := client.AppsV1().Deployments(churnNamespace).Create(ctx, deployment, metav1.CreateOptions{}); err != nil {
		return err
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "churn"}, Spec: corev1.ServiceSpec{
		Selector: labels, Ports: []corev1.ServicePort{{Port: 8088, TargetPort: intstr.FromString("grpc")}},
	}}
	_, err := client.CoreV1().Services(churnNamespace).Create(ctx, service, metav1.CreateOptions{})
	return err
}

func echoPod() corev1.PodSpec {
	grace := int64(2)
	return corev1.PodSpec{
		TerminationGracePeriodSeconds: &grace,
		Containers: []corev1.Container{{
			Name: "echo", Image: "fairlead/echo",
			Ports: []corev1.ContainerPort{{Name: "grpc", ContainerPort: 8088}},
		}},
	}
}

var round int

// Churn scales, rolls out, makes, changes and deletes; it returns when the Deployment has settled.
func churn(ctx context.Context, client kubernetes.Interface) error {
	round++
	tier := []string{"a", "b", "c"}[round%3]
	deployments := client.AppsV1().Deployments(churnNamespace)
	patch := fmt.Sprintf(`{"spec":{"replicas":%d,"template":{"metadata":{"labels":{"tier":%q},"annotations":{"round":"%d"}}}}}`, 2+round%4, tier, round)
	if _, err := deployments.Patch(ctx, "churn", "application/strategic-merge-patch+json", []byte(patch), metav1.PatchOptions{}); err != nil {
		return err
	}
	services := client.CoreV1().Services(churnNamespace)
	for i := range 10 {
		service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("s-%d-%d", round, i)}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": "churn"}, Ports: []corev1.ServicePort{{Port: 80}},
		}}
		if _, err := services.Create(ctx, service, metav1.CreateOptions{}); err != nil {
			return err
		}
		if i%2 == 0 {
			if err := services.Delete(ctx, service.Name, metav1.DeleteOptions{}); err != nil {
				return err
			}
		}
	}
	return eventually(ctx, settle, func() error {
		deployment, err := deployments.Get(ctx, "churn", metav1.GetOptions{})
		if err != nil {
			return err
		}
		status := deployment.Status
		want := *deployment.Spec.Replicas
		if status.ObservedGeneration != deployment.Generation || status.UpdatedReplicas != want || status.ReadyReplicas != want || status.Replicas != want {
			return fmt.Errorf("rollout: %d updated, %d ready of %d", status.UpdatedReplicas, status.ReadyReplicas, want)
		}
		return nil
	})
}

// Resets connections while objects change.
func withChurn(ctx context.Context, rig *rig, fault string) error {
	done := make(chan error, 1)
	go func() {
		// A reset takes requests with it: churn begins anew then.
		done <- eventually(ctx, settle, func() error { return churn(ctx, rig.client) })
	}()
	for range 5 {
		time.Sleep(100 * time.Millisecond)
		if err := rig.fault(fault); err != nil {
			return err
		}
	}
	return <-done
}

func restart(ctx context.Context, rig *rig, compact bool) error {
	if err := eventually(ctx, settle, func() error { return churn(ctx, rig.client) }); err != nil {
		return err
	}
	faults := []string{"stopApi", "startApi"}
	if compact {
		// The pod's end is written while nobody can watch.
		pods, err := rig.client.CoreV1().Pods(churnNamespace).List(ctx, metav1.ListOptions{LabelSelector: "app=churn"})
		if err != nil {
			return err
		}
		for _, pod := range pods.Items {
			// One that was ending already may be gone by now.
			err := rig.client.CoreV1().Pods(churnNamespace).Delete(ctx, pod.Name, metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return err
			}
		}
		faults = []string{"stopApi", "compact", "startApi"}
	}
	for _, fault := range faults {
		if err := rig.fault(fault); err != nil {
			return err
		}
		time.Sleep(1500 * time.Millisecond)
	}
	return nil
}
