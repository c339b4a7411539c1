// Command control-planes is a control plane as its users write it with go-control-plane: an informer of EndpointSlices
// feeds one of that library's caches, and the library's server answers the clients.
//
//	control-planes linear|snapshot KUBECONFIG NAMESPACE HOST:PORT
//
// It listens when the slices of the namespace were read, says where and of which versions it is made, and lives as long
// as its standard input.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	discoveryservice "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"github.com/envoyproxy/go-control-plane/pkg/cache/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/sotw/v3"
	"github.com/envoyproxy/go-control-plane/pkg/server/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// What the example server of go-control-plane sets.
const (
	maxConcurrentStreams = 1_000_000
	keepaliveTime        = 30 * time.Second
	keepaliveTimeout     = 5 * time.Second
)

func main() {
	if len(os.Args) != 5 || newStore[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: control-planes linear|snapshot KUBECONFIG NAMESPACE HOST:PORT")
		os.Exit(2)
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	if err := run(ctx, newStore[os.Args[1]](), os.Args[2:]); err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "control-planes:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, store store, args []string) error {
	config, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	feeder, err := startFeeder(ctx, client, args[1], store)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", args[2])
	if err != nil {
		return err
	}
	if err := announce(listener.Addr()); err != nil {
		return err
	}
	go feeder.follow(ctx)
	return serve(ctx, listener, store.cache())
}

func serve(ctx context.Context, listener net.Listener, served cache.Cache) error {
	grpcServer := grpc.NewServer(
		grpc.MaxConcurrentStreams(maxConcurrentStreams),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: keepaliveTime, PermitWithoutStream: true}),
	)
	// Its documentation advises the first for ADS and the second for clients that are gRPC.
	ads := server.NewServer(ctx, served, nil, sotw.WithOrderedADS(), sotw.DeactivateLegacyWildcard())
	discoveryservice.RegisterAggregatedDiscoveryServiceServer(grpcServer, ads)
	go func() {
		<-ctx.Done()
		grpcServer.Stop()
	}()
	return grpcServer.Serve(listener)
}

// announce says on standard output where clients find the server, and what it is made of.
func announce(address net.Addr) error {
	said := map[string]string{"xds": address.String()}
	if info, ok := debug.ReadBuildInfo(); ok {
		said["Go"] = strings.TrimPrefix(info.GoVersion, "go")
		for _, module := range info.Deps {
			switch module.Path {
			case "github.com/envoyproxy/go-control-plane", "google.golang.org/grpc", "k8s.io/client-go":
				said[module.Path] = strings.TrimPrefix(module.Version, "v")
			}
		}
	}
	return json.NewEncoder(os.Stdout).Encode(said)
}
