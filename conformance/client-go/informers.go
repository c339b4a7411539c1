package main

import (
	"context"
	"fmt"
	"os"
	"sort"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// An informer and the list that its store must be equal to.
type watched struct {
	name     string
	informer cache.SharedIndexInformer
	list     func(ctx context.Context) ([]metav1.Object, error)
	events   *tally
}

// Tally adds up the events of a handler.
type tally struct {
	mu      sync.Mutex
	objects map[string]string
	resyncs int
	wrong   string
}

func (t *tally) OnAdd(obj any, _ bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key, version := identity(obj)
	if _, known := t.objects[key]; known {
		t.wrong = "added twice: " + key
	}
	t.objects[key] = version
}

func (t *tally) OnUpdate(_, obj any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key, version := identity(obj)
	before, known := t.objects[key]
	if !known {
		t.wrong = "updated before it was added: " + key
	}
	if before == version {
		t.resyncs++
	}
	t.objects[key] = version
}

func (t *tally) OnDelete(obj any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if gone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = gone.Obj
	}
	key, _ := identity(obj)
	if _, known := t.objects[key]; !known {
		t.wrong = "deleted before it was added: " + key
	}
	delete(t.objects, key)
}

func identity(obj any) (string, string) {
	meta := obj.(metav1.Object)
	return meta.GetNamespace() + "/" + meta.GetName(), string(meta.GetUID()) + " " + meta.GetResourceVersion()
}

func judgeInformers(ctx context.Context, rig *rig) error {
	mode := "LIST+WATCH"
	if os.Getenv("KUBE_FEATURE_WatchListClient") == "true" {
		mode = "WatchList"
	}
	if err := makeChurn(ctx, rig.client); err != nil {
		return err
	}
	wire := newWire()
	config := protobuf(rig.config)
	config.Wrap(wire.wrap)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	all := startInformers(ctx, client)
	for _, each := range all {
		if !cache.WaitForCacheSync(ctx.Done(), each.informer.HasSynced) {
			return fmt.Errorf("%s: not synced", each.name)
		}
	}
	rig.report(mode+": requests until the informers are in sync", first(mode), wire.requests())
	stages := []struct {
		name string
		do   func() error
	}{
		{"start", func() error { return nil }},
		{"scale, rollout, new and deleted objects", func() error { return churn(ctx, rig.client) }},
		{"connections reset", func() error { return withChurn(ctx, rig, "reset") }},
		{"API server away and back", func() error { return restart(ctx, rig, false) }},
		{"history compacted meanwhile", func() error { return restart(ctx, rig, true) }},
		{"churn after all that", func() error {
			return eventually(ctx, settle, func() error { return churn(ctx, rig.client) })
		}},
	}
	for _, stage := range stages {
		if err := stage.do(); err != nil {
			return fmt.Errorf("%s: %w", stage.name, err)
		}
		for _, each := range all {
			rig.holds(fmt.Sprintf("%s: %s equal a fresh list: %s", mode, each.name, stage.name),
				eventually(ctx, settle, func() error { return each.compare(ctx) }))
		}
	}
	for _, each := range all {
		each.events.mu.Lock()
		rig.report(fmt.Sprintf("%s: events of %s add up", mode, each.name), "yes", orYes(each.events.wrong))
		each.events.mu.Unlock()
	}
	rig.report(mode+": an expired resourceVersion was answered 410", "true", fmt.Sprint(wire.expired() > 0))
	rig.holds(mode+": resync calls the handlers again", eventually(ctx, settle, func() error {
		all[0].events.mu.Lock()
		defer all[0].events.mu.Unlock()
		if all[0].events.resyncs > 0 {
			return nil
		}
		return fmt.Errorf("no resync")
	}))
	rig.holds(mode+": a bookmark comes before a watch ends", bookmark(ctx, rig.client))
	return nil
}

func first(mode string) string {
	if mode == "WatchList" {
		return "WATCH sendInitialEvents"
	}
	return "LIST, WATCH"
}

func orYes(wrong string) string {
	if wrong == "" {
		return "yes"
	}
	return wrong
}

func startInformers(ctx context.Context, client kubernetes.Interface) []*watched {
	selected := func(tweak func(*metav1.ListOptions)) informers.SharedInformerFactory {
		return informers.NewSharedInformerFactoryWithOptions(client, 2*time.Second, informers.WithTweakListOptions(tweak))
	}
	everything := selected(func(*metav1.ListOptions) {})
	labelled := selected(func(o *metav1.ListOptions) { o.LabelSelector = "app=churn,tier in (a,b),!hidden" })
	running := selected(func(o *metav1.ListOptions) { o.FieldSelector = "status.phase=Running,spec.nodeName!=" })
	named := selected(func(o *metav1.ListOptions) { o.FieldSelector = "metadata.name=churn" })
	pods := func(o metav1.ListOptions) func(context.Context) ([]metav1.Object, error) {
		return func(ctx context.Context) ([]metav1.Object, error) {
			list, err := client.CoreV1().Pods("").List(ctx, o)
			return objects(list, err, func() []corev1.Pod { return list.Items })
		}
	}
	services := func(o metav1.ListOptions) func(context.Context) ([]metav1.Object, error) {
		return func(ctx context.Context) ([]metav1.Object, error) {
			list, err := client.CoreV1().Services("").List(ctx, o)
			return objects(list, err, func() []corev1.Service { return list.Items })
		}
	}
	slices := func(ctx context.Context) ([]metav1.Object, error) {
		list, err := client.DiscoveryV1().EndpointSlices("").List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		all := []metav1.Object{}
		for i := range list.Items {
			all = append(all, &list.Items[i])
		}
		return all, nil
	}
	all := []*watched{
		{name: "pods", informer: everything.Core().V1().Pods().Informer(), list: pods(metav1.ListOptions{})},
		{name: "services", informer: everything.Core().V1().Services().Informer(), list: services(metav1.ListOptions{})},
		{name: "endpointslices", informer: everything.Discovery().V1().EndpointSlices().Informer(), list: slices},
		{name: "pods by labels", informer: labelled.Core().V1().Pods().Informer(),
			list: pods(metav1.ListOptions{LabelSelector: "app=churn,tier in (a,b),!hidden"})},
		{name: "pods by fields", informer: running.Core().V1().Pods().Informer(),
			list: pods(metav1.ListOptions{FieldSelector: "status.phase=Running,spec.nodeName!="})},
		{name: "services by name", informer: named.Core().V1().Services().Informer(),
			list: services(metav1.ListOptions{FieldSelector: "metadata.name=churn"})},
	}
	for _, each := range all {
		each.events = &tally{objects: map[string]string{}}
		_, _ = each.informer.AddEventHandler(each.events)
	}
	for _, factory := range []informers.SharedInformerFactory{everything, labelled, running, named} {
		factory.Start(ctx.Done())
	}
	return all
}

func objects[T any, P interface {
	*T
	metav1.Object
}](_ any, err error, items func() []T) ([]metav1.Object, error) {
	if err != nil {
		return nil, err
	}
	all := []metav1.Object{}
	list := items()
	for i := range list {
		all = append(all, P(&list[i]))
	}
	return all, nil
}

// Store, events and a fresh list say the same.
func (w *watched) compare(ctx context.Context) error {
	fresh, err := w.list(ctx)
	if err != nil {
		return err
	}
	expected, stored, told := []string{}, []string{}, []string{}
	for _, obj := range fresh {
		key, version := identity(obj)
		expected = append(expected, key+" "+version)
	}
	for _, obj := range w.informer.GetStore().List() {
		key, version := identity(obj)
		stored = append(stored, key+" "+version)
	}
	w.events.mu.Lock()
	for key, version := range w.events.objects {
		told = append(told, key+" "+version)
	}
	w.events.mu.Unlock()
	if err := sameSet("list", expected, "store", stored); err != nil {
		return err
	}
	return sameSet("list", expected, "events", told)
}

func sameSet(oneName string, one []string, otherName string, other []string) error {
	sort.Strings(one)
	sort.Strings(other)
	missing, more := without(one, other), without(other, one)
	if len(missing) == 0 && len(more) == 0 {
		return nil
	}
	return fmt.Errorf("only in the %s: %s; only in the %s: %s", oneName, head(missing), otherName, head(more))
}

func without(one, other []string) []string {
	known := map[string]bool{}
	for _, each := range other {
		known[each] = true
	}
	rest := []string{}
	for _, each := range one {
		if !known[each] {
			rest = append(rest, each)
		}
	}
	return rest
}

func head(all []string) string {
	if len(all) == 0 {
		return "nothing"
	}
	return fmt.Sprintf("%s (%d)", all[0], len(all))
}

func bookmark(ctx context.Context, client kubernetes.Interface) error {
	seconds := int64(6)
	events, err := client.CoreV1().ConfigMaps("default").Watch(ctx, metav1.ListOptions{AllowWatchBookmarks: true, TimeoutSeconds: &seconds})
	if err != nil {
		return err
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if event.Type == watch.Bookmark {
			return nil
		}
	}
	return fmt.Errorf("the watch ended without a bookmark")
}
