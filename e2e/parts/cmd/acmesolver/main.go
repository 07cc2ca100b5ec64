// Command acmesolver answers one challenge of HTTP-01, as the program of that name of cert-manager does, which starts
// it in a pod for each challenge.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/cert-manager/cert-manager/pkg/issuer/acme/http/solver"
	"github.com/go-logr/logr"
)

func main() {
	var s solver.HTTP01Solver
	flag.IntVar(&s.ListenPort, "listen-port", 8089, "`port` to listen on")
	flag.StringVar(&s.Domain, "domain", "", "`name` that is asked for")
	flag.StringVar(&s.Token, "token", "", "what the challenge is called")
	flag.StringVar(&s.Key, "key", "", "what answers it")
	flag.Parse()
	if err := s.Listen(logr.Discard()); err != nil {
		fmt.Fprintln(os.Stderr, "acmesolver:", err)
		os.Exit(1)
	}
}
