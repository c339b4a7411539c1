package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
)

func judgeWorkloads(ctx context.Context, rig *rig) {
	deployments := rig.client.AppsV1().Deployments(clientsNamespace)
	labels := map[string]string{"app": "scaled"}
	_, err := deployments.Create(ctx, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "scaled"}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: echoPod()},
	}}, metav1.CreateOptions{})
	rig.holds("protobuf: a Deployment", err)
	scale, err := deployments.GetScale(ctx, "scaled", metav1.GetOptions{})
	if err == nil {
		err = equal("1 app=scaled", fmt.Sprintf("%d %s", scale.Spec.Replicas, scale.Status.Selector))
	}
	rig.holds("scale: get", err)
	// The controller writes the status of the same object at this moment.
	err = retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		scale, err := deployments.GetScale(ctx, "scaled", metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = 2
		scale, err = deployments.UpdateScale(ctx, "scaled", scale, metav1.UpdateOptions{})
		if err != nil {
			return err
		}
		return equal("2", fmt.Sprint(scale.Spec.Replicas))
	})
	rig.holds("scale: update", err)
	_, err = deployments.UpdateScale(ctx, "scaled", &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "scaled", Namespace: clientsNamespace, ResourceVersion: "1"}, Spec: autoscalingv1.ScaleSpec{Replicas: 5}}, metav1.UpdateOptions{})
	rig.report("scale: update of an old one", "409 Conflict", reasonOf(err))
	rig.holds("scale: two pods get ready", eventually(ctx, settle, func() error {
		deployment, err := deployments.Get(ctx, "scaled", metav1.GetOptions{})
		if err != nil {
			return err
		}
		return equal("2", fmt.Sprint(deployment.Status.ReadyReplicas))
	}))
}

func judgePods(ctx context.Context, rig *rig) {
	pods := rig.client.CoreV1().Pods(clientsNamespace)
	rig.holds("status: an update of the status leaves the spec", func() error {
		pod, err := pods.Create(ctx, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "manual"}, Spec: corev1.PodSpec{SchedulerName: "nobody", Containers: []corev1.Container{{Name: "c", Image: "none"}}}}, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		pod.Status.Message = "hello"
		pod.Spec.Containers[0].Image = "other"
		pod, err = pods.UpdateStatus(ctx, pod, metav1.UpdateOptions{})
		if err != nil {
			return err
		}
		return equal("hello none", pod.Status.Message+" "+pod.Spec.Containers[0].Image)
	}())
	nodes, err := rig.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil || len(nodes.Items) == 0 {
		rig.holds("nodes", fmt.Errorf("none: %w", err))
		return
	}
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "bound", Namespace: clientsNamespace}, Target: corev1.ObjectReference{Kind: "Node", Name: nodes.Items[0].Name}}
	rig.holds("binding: a pod that was bound by hand runs", func() error {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "bound"}, Spec: echoPod()}
		pod.Spec.SchedulerName = "nobody"
		if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := pods.Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
			return err
		}
		return eventually(ctx, settle, func() error {
			pod, err := pods.Get(ctx, "bound", metav1.GetOptions{})
			if err != nil {
				return err
			}
			return equal("Running", string(pod.Status.Phase))
		})
	}())
	rig.report("binding: a pod that is bound", "409 Conflict", reasonOf(pods.Bind(ctx, binding, metav1.CreateOptions{})))
	judgeLogs(ctx, rig)
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "bound", Namespace: clientsNamespace}}
	rig.holds("eviction: the pod goes", func() error {
		if err := pods.EvictV1(ctx, eviction); err != nil {
			return err
		}
		return eventually(ctx, settle, func() error {
			_, err := pods.Get(ctx, "bound", metav1.GetOptions{})
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("still there: %v", err)
		})
	}())
	rig.report("eviction: of nothing", "404 NotFound", reasonOf(pods.EvictV1(ctx, eviction)))
}

func judgeLogs(ctx context.Context, rig *rig) {
	pods := rig.client.CoreV1().Pods(clientsNamespace)
	rig.holds("log: a stream that follows", func() error {
		following, stop := context.WithTimeout(ctx, settle)
		defer stop()
		stream, err := pods.GetLogs("bound", &corev1.PodLogOptions{Follow: true, Timestamps: true}).Stream(following)
		if err != nil {
			return err
		}
		defer stream.Close()
		lines := bufio.NewScanner(stream)
		if !lines.Scan() {
			return fmt.Errorf("no line: %w", lines.Err())
		}
		stamp, _, _ := strings.Cut(lines.Text(), " ")
		_, err = time.Parse(time.RFC3339Nano, stamp)
		return err
	}())
	_, err := pods.GetLogs("nobody", &corev1.PodLogOptions{}).DoRaw(ctx)
	rig.report("log: of nothing", "404 NotFound", reasonOf(err))
	_, err = pods.GetLogs("bound", &corev1.PodLogOptions{Container: "nobody"}).DoRaw(ctx)
	rig.report("log: of a container that is none", "400 BadRequest", reasonOf(err))
}
