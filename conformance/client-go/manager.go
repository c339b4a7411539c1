package main

import (
	"context"
	"fmt"
	"sync/atomic"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

const (
	managed   = "managed"
	finalizer = "fairlead.example/clean-up"
)

// Reconciler makes a Deployment for each ConfigMap and cleans up after it.
type reconciler struct {
	client.Client
	reconciled, cleaned atomic.Int64
}

func (r *reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	r.reconciled.Add(1)
	var owner corev1.ConfigMap
	if err := r.Get(ctx, request.NamespacedName, &owner); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !owner.DeletionTimestamp.IsZero() {
		return ctrl.Result{}, r.cleanUp(ctx, &owner)
	}
	if !controllerutil.ContainsFinalizer(&owner, finalizer) {
		patch := client.MergeFromWithOptions(owner.DeepCopy(), client.MergeFromWithOptimisticLock{})
		controllerutil.AddFinalizer(&owner, finalizer)
		if err := r.Patch(ctx, &owner, patch); err != nil {
			return ctrl.Result{}, err
		}
	}
	deployment := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: owner.Name, Namespace: owner.Namespace}}
	_, err := controllerutil.CreateOrUpdate(ctx, r.Client, deployment, func() error {
		labels := map[string]string{"app": owner.Name}
		deployment.Spec.Replicas = new(int32(1))
		deployment.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
		deployment.Spec.Template.Labels = labels
		if len(deployment.Spec.Template.Spec.Containers) == 0 {
			deployment.Spec.Template.Spec = echoPod()
		}
		return controllerutil.SetControllerReference(&owner, deployment, r.Scheme())
	})
	if err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{}, r.markDeployment(ctx, deployment)
}

// Writes a condition of its own through the status subresource.
func (r *reconciler) markDeployment(ctx context.Context, deployment *appsv1.Deployment) error {
	for _, condition := range deployment.Status.Conditions {
		if condition.Type == "Marked" {
			return nil
		}
	}
	patch := client.MergeFromWithOptions(deployment.DeepCopy(), client.MergeFromWithOptimisticLock{})
	deployment.Status.Conditions = append(deployment.Status.Conditions, appsv1.DeploymentCondition{
		Type: "Marked", Status: corev1.ConditionTrue, LastUpdateTime: metav1.Now(), LastTransitionTime: metav1.Now(),
	})
	return r.Status().Patch(ctx, deployment, patch)
}

func (r *reconciler) cleanUp(ctx context.Context, owner *corev1.ConfigMap) error {
	if !controllerutil.ContainsFinalizer(owner, finalizer) {
		return nil
	}
	r.cleaned.Add(1)
	patch := client.MergeFrom(owner.DeepCopy())
	controllerutil.RemoveFinalizer(owner, finalizer)
	return client.IgnoreNotFound(r.Patch(ctx, owner, patch))
}

func judgeManager(ctx context.Context, rig *rig) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: managed}}
	if _, err := rig.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	manager, err := ctrl.NewManager(rig.config, ctrl.Options{
		Metrics:                 metrics.Options{BindAddress: "0"},
		HealthProbeBindAddress:  "127.0.0.1:0",
		LeaderElection:          true,
		LeaderElectionID:        "manager.fairlead.example",
		LeaderElectionNamespace: managed,
		Cache:                   cache.Options{DefaultNamespaces: map[string]cache.Config{managed: {}}},
	})
	if err != nil {
		return err
	}
	r := &reconciler{Client: manager.GetClient()}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	err = ctrl.NewControllerManagedBy(manager).For(&corev1.ConfigMap{}).Owns(&appsv1.Deployment{}).Complete(r)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(running) }()
	judgeReconciler(ctx, rig, r)
	stop()
	rig.holds("manager: ends in order", <-ended)
	return nil
}

func judgeReconciler(ctx context.Context, rig *rig, r *reconciler) {
	configMaps := rig.client.CoreV1().ConfigMaps(managed)
	deployments := rig.client.AppsV1().Deployments(managed)
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "owner"}}
	_, err := configMaps.Create(ctx, owner, metav1.CreateOptions{})
	rig.holds("manager: create of an owner", err)
	rig.holds("manager: the owned Deployment is made, marked and gets ready", eventually(ctx, settle, func() error {
		deployment, err := deployments.Get(ctx, "owner", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if deployment.Status.ReadyReplicas != 1 {
			return fmt.Errorf("%d ready", deployment.Status.ReadyReplicas)
		}
		for _, condition := range deployment.Status.Conditions {
			if condition.Type == "Marked" {
				return equal("ConfigMap/owner", fmt.Sprintf("%s/%s", deployment.OwnerReferences[0].Kind, deployment.OwnerReferences[0].Name))
			}
		}
		return fmt.Errorf("the condition is missing: %v", deployment.Status.Conditions)
	}))
	before := r.reconciled.Load()
	rig.holds("manager: a deleted Deployment is made again", func() error {
		if err := deployments.Delete(ctx, "owner", metav1.DeleteOptions{}); err != nil {
			return err
		}
		return eventually(ctx, settle, func() error {
			if r.reconciled.Load() == before {
				return fmt.Errorf("not reconciled")
			}
			_, err := deployments.Get(ctx, "owner", metav1.GetOptions{})
			return err
		})
	}())
	rig.report("manager: a patch with an optimistic lock on an old object", "409 Conflict", stalePatch(ctx, r))
	rig.report("manager: the cache answers with a label selector", "1", cachedCount(ctx, r))
	rig.holds("manager: the finalizer runs before a deleted owner goes, and the Deployment after it", func() error {
		if err := configMaps.Delete(ctx, "owner", metav1.DeleteOptions{}); err != nil {
			return err
		}
		return eventually(ctx, settle, func() error {
			_, err := configMaps.Get(ctx, "owner", metav1.GetOptions{})
			if !apierrors.IsNotFound(err) {
				return fmt.Errorf("owner: %v", err)
			}
			_, err = deployments.Get(ctx, "owner", metav1.GetOptions{})
			if !apierrors.IsNotFound(err) {
				return fmt.Errorf("deployment: %v", err)
			}
			return equal("1 clean-up", fmt.Sprintf("%d clean-up", r.cleaned.Load()))
		})
	}())
}

func stalePatch(ctx context.Context, r *reconciler) string {
	var old corev1.ConfigMap
	err := eventually(ctx, settle, func() error {
		return r.Get(ctx, client.ObjectKey{Namespace: managed, Name: "owner"}, &old)
	})
	if err != nil {
		return err.Error()
	}
	fresh := old.DeepCopy()
	patch := client.MergeFromWithOptions(fresh.DeepCopy(), client.MergeFromWithOptimisticLock{})
	fresh.Labels = map[string]string{"found": "yes"}
	if err := r.Patch(ctx, fresh, patch); err != nil {
		return "the first: " + err.Error()
	}
	stale := client.MergeFromWithOptions(old.DeepCopy(), client.MergeFromWithOptimisticLock{})
	old.Data = map[string]string{"a": "b"}
	return reasonOf(r.Patch(ctx, &old, stale))
}

func cachedCount(ctx context.Context, r *reconciler) string {
	var list corev1.ConfigMapList
	err := eventually(ctx, settle, func() error {
		if err := r.List(ctx, &list, client.InNamespace(managed), client.MatchingLabels{"found": "yes"}); err != nil {
			return err
		}
		return equal("1", fmt.Sprint(len(list.Items)))
	})
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(len(list.Items))
}

// ReasonOf is the code and reason of a refusal.
func reasonOf(err error) string {
	if err == nil {
		return "no error"
	}
	status, ok := err.(apierrors.APIStatus)
	if !ok {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", status.Status().Code, status.Status().Reason)
}
