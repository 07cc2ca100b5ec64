// Command realnode holds every program of a real node that is not of the distribution, and the registry and the DNS server beside it:
// the program is its first argument.
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/component-base/cli"
	kubeproxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/clusterdns"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/images"
)

// programs are constructed only when asked for, as most install the signal handler of the process.
var programs = map[string]func() int{
	"dns":        func() int { return clusterdns.Main(os.Args[1:]) },
	"kubelet":    func() int { return cli.Run(kubelet.NewKubeletCommand(context.Background())) },
	"kube-proxy": func() int { return cli.Run(kubeproxy.NewProxyCommand()) },
	"registry":   func() int { return images.Main(os.Args[1:]) },
}

func main() {
	if len(os.Args) > 1 {
		if run, ok := programs[os.Args[1]]; ok {
			os.Args = os.Args[1:]
			os.Exit(run())
		}
	}
	names := slices.Sorted(maps.Keys(programs))
	fmt.Fprintf(os.Stderr, "usage: realnode %s [flags]\n", strings.Join(names, "|"))
	os.Exit(2)
}
