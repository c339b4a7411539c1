// Command peers is what the comparison runs beside Fairlead: a gRPC server with the shutdown that Kubernetes asks for,
// and a gRPC client of grpc-go with one of its resolvers.
//
//	peers pod    serves the name in HOSTNAME on POD_IP until SIGTERM
//	peers crowd  serves many addresses, given as arguments, each under its own name
//	peers call   calls a target at a steady rate and says how each call went
package main

import (
	"fmt"
	"os"
)

func main() {
	run, ok := map[string]func([]string) error{"pod": pod, "crowd": crowd, "call": call}[first(os.Args[1:])]
	if !ok {
		fmt.Fprintln(os.Stderr, "usage: peers pod | crowd ADDRESS… | call OPTIONS")
		os.Exit(2)
	}
	if err := run(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
