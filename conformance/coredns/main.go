// Command coredns is CoreDNS with the plugins that a cluster DNS needs, and no others; `coredns ask` puts questions to
// DNS servers and prints what they answer.
package main

import (
	"os"

	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/kubernetes"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "ask" {
		ask(os.Stdin, os.Stdout)
		return
	}
	coremain.Run()
}
