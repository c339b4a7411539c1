// Command client-go judges the API server of a kubeconfig with the client libraries of Kubernetes: it prints a line of
// JSON for each case, and asks for faults on standard output, which standard input answers.
//
//	client-go KUBECONFIG informers|slices|manager|clients
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"
)

// A whole run of one group: longer, and something stands still.
const runTimeout = 8 * time.Minute

type group func(ctx context.Context, rig *rig) error

var groups = map[string]group{
	"informers": judgeInformers,
	"slices":    judgeSlices,
	"manager":   judgeManager,
	"clients":   judgeClients,
}

type rig struct {
	*driver
	// JSON, as custom resources and most tools have it.
	config *rest.Config
	// Sends protobuf and takes JSON, as kubectl and the controllers of Kubernetes do.
	client kubernetes.Interface
}

func main() {
	if len(os.Args) != 3 || groups[os.Args[2]] == nil {
		fmt.Fprintln(os.Stderr, "usage: client-go KUBECONFIG informers|slices|manager|clients")
		os.Exit(2)
	}
	klog.SetLogger(logr.Discard())
	ctrllog.SetLogger(logr.Discard())
	driver := newDriver(os.Stdin, os.Stdout)
	if err := run(driver, os.Args[1], groups[os.Args[2]]); err != nil {
		driver.fail(err)
		os.Exit(1)
	}
}

func run(driver *driver, kubeconfig string, judge group) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1
	client, err := kubernetes.NewForConfig(protobuf(config))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), runTimeout)
	defer cancel()
	return judge(ctx, &rig{driver: driver, config: config, client: client})
}

func protobuf(config *rest.Config) *rest.Config {
	other := rest.CopyConfig(config)
	other.ContentType = "application/vnd.kubernetes.protobuf"
	other.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	return other
}
