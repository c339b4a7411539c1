package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/peer"
	_ "google.golang.org/grpc/xds"
)

func main() {
	connection, err := grpc.NewClient(os.Args[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	client := health.NewHealthClient(connection)
	calls := 20
	if len(os.Args) > 2 {
		if calls, err = strconv.Atoi(os.Args[2]); err != nil {
			log.Fatal(err)
		}
	}
	for range calls {
		var pod peer.Peer
		reply, err := client.Check(context.Background(), &health.HealthCheckRequest{}, grpc.Peer(&pod), grpc.WaitForReady(true))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(reply.Status, pod.Addr)
		time.Sleep(100 * time.Millisecond)
	}
}
