package main

import (
	"context"
	"fmt"
	"os"

	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"google.golang.org/protobuf/proto"
	discovery "k8s.io/api/discovery/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

const byService = "service"

// feeder carries what EndpointSlices say into a store, Service by Service.
type feeder struct {
	slices cache.Indexer
	queue  workqueue.TypedInterface[string]
	store  store
	// served has the assignments of each Service that are in the store.
	served map[string]assignments
}

// startFeeder resolves when all slices of the namespace are in the store.
func startFeeder(ctx context.Context, client kubernetes.Interface, namespace string, store store) (*feeder, error) {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	informer := factory.Discovery().V1().EndpointSlices().Informer()
	if err := informer.AddIndexers(cache.Indexers{byService: serviceKeys}); err != nil {
		return nil, err
	}
	queue := workqueue.NewTyped[string]()
	enqueue := func(object any) {
		if keys, err := serviceKeys(object); err == nil {
			for _, key := range keys {
				queue.Add(key)
			}
		}
	}
	registration, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: enqueue,
		// The label that says whose it is may change.
		UpdateFunc: func(before, after any) {
			enqueue(before)
			enqueue(after)
		},
		DeleteFunc: enqueue,
	})
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	context.AfterFunc(ctx, queue.ShutDown)
	if !cache.WaitForCacheSync(ctx.Done(), registration.HasSynced) {
		return nil, ctx.Err()
	}
	f := &feeder{slices: informer.GetIndexer(), queue: queue, store: store, served: map[string]assignments{}}
	return f, f.reconcile(f.slices.ListIndexFuncValues(byService)...)
}

// serviceKeys is the index of slices by their Service, as namespace/name.
func serviceKeys(object any) ([]string, error) {
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	slice, ok := object.(*discovery.EndpointSlice)
	if !ok {
		return nil, fmt.Errorf("%T is no EndpointSlice", object)
	}
	service := slice.Labels[discovery.LabelServiceName]
	if service == "" {
		return nil, nil
	}
	return []string{slice.Namespace + "/" + service}, nil
}

// follow carries changes into the store until the context ends.
func (f *feeder) follow(ctx context.Context) {
	for ctx.Err() == nil {
		service, shutdown := f.queue.Get()
		if shutdown {
			return
		}
		if err := f.reconcile(service); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", service, err)
		}
		f.queue.Done(service)
	}
}

// reconcile makes the store say of these Services what their slices say, in one change.
func (f *feeder) reconcile(services ...string) error {
	changed := map[string]types.Resource{}
	var removed []string
	for _, service := range services {
		objects, err := f.slices.ByIndex(byService, service)
		if err != nil {
			return err
		}
		before, after := f.served[service], assignmentsOf(objects)
		for name, assignment := range after {
			// The caches take whatever they are given for news, and send it to everybody.
			if !proto.Equal(before[name], assignment) {
				changed[name] = assignment
			}
		}
		for name := range before {
			if after[name] == nil {
				removed = append(removed, name)
			}
		}
		f.served[service] = after
	}
	if len(changed)+len(removed) == 0 {
		return nil
	}
	return f.store.update(changed, removed)
}
