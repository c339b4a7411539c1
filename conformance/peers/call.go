package main

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sercand/kuberesolver/v6"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/dns"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	method   = "/fairlead.peers.v1.Pods/Name"
	flushing = 200 * time.Millisecond
	tick     = 5 * time.Millisecond
	// A backlog would stifle a machine that is busy: calls later than that are never made.
	maxLate = 100 * time.Millisecond
)

// ended is one call: started and ended (epoch ms), its status code and the pod that answered.
type ended [4]any

// tally keeps what has not been said yet.
type tally struct {
	lock  sync.Mutex
	calls []ended
}

func (t *tally) add(call ended) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.calls = append(t.calls, call)
}

func (t *tally) take() []ended {
	t.lock.Lock()
	defer t.lock.Unlock()
	calls := t.calls
	t.calls = nil
	return calls
}

func epochMs(at time.Time) float64 { return float64(at.UnixMicro()) / 1000 }

// versions are those of what a client with or without kuberesolver is made of.
func versions(withKuberesolver bool) map[string]string {
	found := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		found["Go"] = info.GoVersion[len("go"):]
		for _, module := range info.Deps {
			switch module.Path {
			case "google.golang.org/grpc":
				found["grpc-go"] = module.Version[len("v"):]
			case "github.com/sercand/kuberesolver/v6":
				if withKuberesolver {
					found["kuberesolver"] = module.Version[len("v"):]
				}
			}
		}
	}
	return found
}

// call makes calls in an open loop until standard input ends.
func call(args []string) error {
	flags := flag.NewFlagSet("call", flag.ContinueOnError)
	target := flags.String("target", "", "gRPC target")
	rate := flags.Int("rate", 100, "calls per second")
	deadline := flags.Duration("deadline", 5*time.Second, "deadline of a call")
	kubeconfig := flags.String("kubeconfig", "", "kubeconfig as JSON, for kuberesolver")
	dnsInterval := flags.Duration("dns-interval", 30*time.Second, "least time between two questions to DNS")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *kubeconfig != "" {
		client, err := readKubeconfig(*kubeconfig)
		if err != nil {
			return err
		}
		resolver.Register(kuberesolver.NewBuilder(client, "kubernetes"))
	}
	dns.SetMinResolutionInterval(*dnsInterval)
	connection, err := grpc.NewClient(*target,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithNoProxy(),
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig":[{"round_robin":{}}]}`))
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	if err := out.Encode(map[string]any{"versions": versions(*kubeconfig != "")}); err != nil {
		return err
	}
	calls := new(tally)
	go load(*rate, func() { calls.add(once(connection, *deadline)) })
	go func() {
		for range time.Tick(flushing) {
			if out.Encode(map[string]any{"calls": calls.take()}) != nil {
				os.Exit(1)
			}
		}
	}()
	return untilInputEnds()
}

func once(connection *grpc.ClientConn, deadline time.Duration) ended {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	reply := new(wrapperspb.StringValue)
	err := connection.Invoke(ctx, method, new(emptypb.Empty), reply)
	return ended{epochMs(started), epochMs(time.Now()), status.Code(err), reply.Value}
}

// load makes calls at a steady rate, whatever becomes of those before.
func load(rate int, make func()) {
	began, made := time.Now(), 0
	for range time.Tick(tick) {
		due := int(time.Since(began).Seconds() * float64(rate))
		if late := due - int(maxLate.Seconds()*float64(rate)); made < late {
			made = late
		}
		for ; made < due; made++ {
			go make()
		}
	}
}
