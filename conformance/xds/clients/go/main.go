// Command go is a grpc-go client with xDS for the conformance: see the README of its parent folder for what it says.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	_ "google.golang.org/grpc/xds"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const (
	method   = "/fairlead.peers.v1.Pods/Name"
	flushing = 200 * time.Millisecond
	tick     = 5 * time.Millisecond
)

// ended is one call: started and ended (epoch ms), its status code, the pod that answered, the text of a failure and
// which of the targets was called.
type ended [6]any

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

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "go:", err)
		os.Exit(1)
	}
}

func run() error {
	targets := flag.String("targets", "", "gRPC targets, called in turn")
	rate := flag.Int64("rate", 50, "calls per second")
	deadline := flag.Int("deadline-ms", 5000, "deadline of a call")
	idle := flag.Int("idle-ms", 0, "channels without calls go idle after so long; 0: as grpc-go does")
	flag.Parse()
	var connections []*grpc.ClientConn
	for _, target := range strings.Split(*targets, ",") {
		options := []grpc.DialOption{grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithNoProxy()}
		if *idle > 0 {
			options = append(options, grpc.WithIdleTimeout(time.Duration(*idle)*time.Millisecond))
		}
		connection, err := grpc.NewClient(target, options...)
		if err != nil {
			return err
		}
		connections = append(connections, connection)
	}
	out := json.NewEncoder(os.Stdout)
	versions := map[string]string{"grpc-go": grpc.Version, "Go": strings.TrimPrefix(runtime.Version(), "go")}
	if err := out.Encode(map[string]any{"versions": versions}); err != nil {
		return err
	}
	calls := new(tally)
	go load(rate, func(made int) {
		index := made % len(connections)
		calls.add(once(connections[index], time.Duration(*deadline)*time.Millisecond, index))
	})
	go func() {
		for range time.Tick(flushing) {
			if out.Encode(map[string]any{"calls": calls.take()}) != nil {
				os.Exit(1)
			}
		}
	}()
	return obey(rate)
}

// obey reads new rates until standard input ends.
func obey(rate *int64) error {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		next, err := strconv.ParseInt(lines.Text(), 10, 64)
		if err != nil {
			return err
		}
		atomic.StoreInt64(rate, next)
	}
	return lines.Err()
}

func epochMs(at time.Time) float64 { return float64(at.UnixMicro()) / 1000 }

func once(connection *grpc.ClientConn, deadline time.Duration, index int) ended {
	started := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	reply := new(wrapperspb.StringValue)
	err := connection.Invoke(ctx, method, new(emptypb.Empty), reply)
	text := ""
	if err != nil {
		text = status.Convert(err).Message()
	}
	return ended{epochMs(started), epochMs(time.Now()), status.Code(err), reply.Value, text, index}
}

// load makes calls at the rate of the moment, whatever becomes of those before; what is late is left out.
func load(rate *int64, call func(made int)) {
	made, due := 0, 0.0
	last := time.Now()
	for now := range time.Tick(tick) {
		due = min(due, 1) + now.Sub(last).Seconds()*float64(atomic.LoadInt64(rate))
		last = now
		for ; due >= 1; due-- {
			go call(made)
			made++
		}
	}
}
