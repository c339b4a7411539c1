package main

import (
	"context"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	// The port of a server with grpc-go's defaults.
	plainPort = "8088"
	// The port of a server that sends its clients away now and then, so that they ask DNS again.
	agedPort = "8089"
	// The shortest age that is commonly advised: clients may ask DNS every 30 s at most.
	maxAge = 30 * time.Second
	// Time for calls in flight on an aged connection, and at the end of the pod.
	grace = 10 * time.Second
)

// namer is the service fairlead.peers.v1.Pods: Name(google.protobuf.Empty) returns (google.protobuf.StringValue).
type namer string

func (n namer) name(context.Context, *emptypb.Empty) (*wrapperspb.StringValue, error) {
	return wrapperspb.String(string(n)), nil
}

var podsService = grpc.ServiceDesc{
	ServiceName: "fairlead.peers.v1.Pods",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{{
		MethodName: "Name",
		Handler: func(srv any, ctx context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			request := new(emptypb.Empty)
			if err := decode(request); err != nil {
				return nil, err
			}
			return srv.(namer).name(ctx, request)
		},
	}},
}

// serve starts a server of one address; health is shared by the servers of a pod.
func serve(address, name string, checks *health.Server, options ...grpc.ServerOption) (*grpc.Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	server := grpc.NewServer(options...)
	server.RegisterService(&podsService, namer(name))
	grpc_health_v1.RegisterHealthServer(server, checks)
	go server.Serve(listener)
	return server, nil
}

func aged() grpc.ServerOption {
	return grpc.KeepaliveParams(keepalive.ServerParameters{MaxConnectionAge: maxAge, MaxConnectionAgeGrace: grace})
}

// pod serves until SIGTERM, then takes no new connection, sends GOAWAY and lets calls in flight finish. The wait before
// that, in which clients learn that the pod leaves, is the preStop hook of the manifest.
func pod([]string) error {
	checks := health.NewServer()
	ip, name := os.Getenv("POD_IP"), os.Getenv("HOSTNAME")
	plain, err := serve(net.JoinHostPort(ip, plainPort), name, checks)
	if err != nil {
		return err
	}
	old, err := serve(net.JoinHostPort(ip, agedPort), name, checks, aged())
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	<-asked
	checks.Shutdown()
	done := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(plain.GracefulStop)
	ending.Go(old.GracefulStop)
	go func() {
		ending.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(grace):
	}
	return nil
}

// crowd serves each address under the address as its name, until standard input ends.
func crowd(addresses []string) error {
	checks := health.NewServer()
	for _, address := range addresses {
		if _, err := serve(net.JoinHostPort(address, plainPort), address, checks); err != nil {
			return err
		}
		if _, err := serve(net.JoinHostPort(address, agedPort), address, checks, aged()); err != nil {
			return err
		}
	}
	os.Stdout.WriteString("{\"listening\":true}\n")
	return untilInputEnds()
}

func untilInputEnds() error {
	buffer := make([]byte, 256)
	for {
		if _, err := os.Stdin.Read(buffer); err != nil {
			return nil
		}
	}
}
