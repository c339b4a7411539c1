package main

import (
	"cmp"
	"fmt"
	"slices"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpoint "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
	discovery "k8s.io/api/discovery/v1"
)

type assignments map[string]*endpoint.ClusterLoadAssignment

// assignmentsOf makes an assignment for each named port of the slices of one Service, SERVICE.NAMESPACE:PORT. An endpoint
// is in it when it is ready, or does not say; each zone is a locality that weighs as much as it has endpoints.
func assignmentsOf(objects []any) assignments {
	all := make([]*discovery.EndpointSlice, 0, len(objects))
	for _, object := range objects {
		if slice, ok := object.(*discovery.EndpointSlice); ok {
			all = append(all, slice)
		}
	}
	slices.SortFunc(all, func(a, b *discovery.EndpointSlice) int { return cmp.Compare(a.Name, b.Name) })
	made := assignments{}
	for _, slice := range all {
		for _, port := range slice.Ports {
			if port.Name == nil || port.Port == nil {
				continue
			}
			name := fmt.Sprintf("%s.%s:%s", slice.Labels[discovery.LabelServiceName], slice.Namespace, *port.Name)
			if made[name] == nil {
				made[name] = &endpoint.ClusterLoadAssignment{ClusterName: name}
			}
			addReady(made[name], slice.Endpoints, uint32(*port.Port))
		}
	}
	for _, assignment := range made {
		slices.SortFunc(assignment.Endpoints, func(a, b *endpoint.LocalityLbEndpoints) int {
			return cmp.Compare(a.Locality.Zone, b.Locality.Zone)
		})
	}
	return made
}

func addReady(assignment *endpoint.ClusterLoadAssignment, endpoints []discovery.Endpoint, port uint32) {
	for _, each := range endpoints {
		if each.Conditions.Ready != nil && !*each.Conditions.Ready {
			continue
		}
		zone := ""
		if each.Zone != nil {
			zone = *each.Zone
		}
		locality := localityOf(assignment, zone)
		// All addresses of one endpoint are the same pod; clients dial the first.
		locality.LbEndpoints = append(locality.LbEndpoints, lbEndpoint(each.Addresses[0], port))
		locality.LoadBalancingWeight.Value++
	}
}

func localityOf(assignment *endpoint.ClusterLoadAssignment, zone string) *endpoint.LocalityLbEndpoints {
	for _, locality := range assignment.Endpoints {
		if locality.Locality.Zone == zone {
			return locality
		}
	}
	locality := &endpoint.LocalityLbEndpoints{
		Locality:            &core.Locality{Zone: zone},
		LoadBalancingWeight: wrapperspb.UInt32(0),
	}
	assignment.Endpoints = append(assignment.Endpoints, locality)
	return locality
}

func lbEndpoint(host string, port uint32) *endpoint.LbEndpoint {
	socket := &core.SocketAddress{Address: host, PortSpecifier: &core.SocketAddress_PortValue{PortValue: port}}
	address := &core.Address{Address: &core.Address_SocketAddress{SocketAddress: socket}}
	return &endpoint.LbEndpoint{
		HostIdentifier: &endpoint.LbEndpoint_Endpoint{Endpoint: &endpoint.Endpoint{Address: address}},
		HealthStatus:   core.HealthStatus_HEALTHY,
	}
}
