package main

import (
	"context"
	"strconv"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/types"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/resource/v3"
)

// store is where the assignments of all Services go. Only one goroutine writes.
type store interface {
	// update makes one change of some assignments; those in removed are no more.
	update(changed map[string]types.Resource, removed []string) error
	cache() cache.Cache
}

var newStore = map[string]func() store{
	"linear":   func() store { return linearStore{cache.NewLinearCache(resource.EndpointType)} },
	"snapshot": func() store { return newSnapshotStore() },
}

// linearStore keeps the assignments in a LinearCache, which knows for each resource who watches it: as its documentation
// says, for endpoints that are the same for a whole fleet.
type linearStore struct{ linear *cache.LinearCache }

func (s linearStore) update(changed map[string]types.Resource, removed []string) error {
	return s.linear.UpdateResources(changed, removed)
}

func (s linearStore) cache() cache.Cache { return s.linear }

// oneForAll is the hash by which all nodes share one snapshot.
type oneForAll struct{}

const everyNode = "all"

func (oneForAll) ID(*core.Node) string { return everyNode }

// snapshotStore keeps the assignments in a SnapshotCache, the cache that the documentation begins with. It is not in
// ADS mode: that answers only clients which name every resource that there is.
type snapshotStore struct {
	snapshots   cache.SnapshotCache
	assignments map[string]types.Resource
	version     uint64
}

func newSnapshotStore() *snapshotStore {
	snapshots := cache.NewSnapshotCache(false, oneForAll{}, nil)
	return &snapshotStore{snapshots: snapshots, assignments: map[string]types.Resource{}}
}

func (s *snapshotStore) update(changed map[string]types.Resource, removed []string) error {
	for name, assignment := range changed {
		s.assignments[name] = assignment
	}
	for _, name := range removed {
		delete(s.assignments, name)
	}
	s.version++
	all := make([]types.Resource, 0, len(s.assignments))
	for _, assignment := range s.assignments {
		all = append(all, assignment)
	}
	resources := map[resource.Type][]types.Resource{resource.EndpointType: all}
	snapshot, err := cache.NewSnapshot(strconv.FormatUint(s.version, 10), resources)
	if err != nil {
		return err
	}
	return s.snapshots.SetSnapshot(context.Background(), everyNode, snapshot)
}

func (s *snapshotStore) cache() cache.Cache { return s.snapshots }
