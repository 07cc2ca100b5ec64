// Package box is what keeps a real node apart from the machine it runs on: namespaces for its network and its mounts, a control group
// for its containers, and a namespace of processes that ends with its container runtime.
// All but files and the control group goes with the last process of the node, however that ends.
package box

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// CNI is where the network plugins of the distribution are.
const CNI = "/usr/lib/cni"

// Busybox is the static program that images are made of.
const Busybox = "/bin/busybox"

// needs are the programs that a node calls, and the Debian packages that hold them.
var needs = []struct{ program, pack string }{
	{"containerd", "containerd"},
	{"containerd-shim-runc-v2", "containerd"},
	{"runc", "runc"},
	{"iptables", "iptables"},
	{"mount", "mount"},
	{"umount", "mount"},
	{filepath.Join(CNI, "ptp"), "containernetworking-plugins"},
	{filepath.Join(CNI, "host-local"), "containernetworking-plugins"},
	{filepath.Join(CNI, "loopback"), "containernetworking-plugins"},
	{Busybox, "busybox-static"},
}

// Missing returns an error that says in one sentence what a real node lacks here, and how to get it.
func Missing() error {
	if runtime.GOOS != "linux" {
		return fmt.Errorf("a real node needs Linux, and this is %s: use the process node, without --node", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		return fmt.Errorf("a real node needs root, for namespaces and containers: run it with sudo, or use the process node, without --node")
	}
	status, _ := os.ReadFile("/proc/self/status") // if it says nothing, the start will
	if missing := missingCapabilities(string(status)); len(missing) > 0 {
		return fmt.Errorf("a real node needs %s, which root has not got in here: use a virtual machine or a privileged container", strings.Join(missing, " and "))
	}
	return missingPrograms(exec.LookPath)
}

// missingCapabilities reads what /proc tells of a process. Without these it makes no namespaces and no networks.
func missingCapabilities(status string) (missing []string) {
	_, rest, found := strings.Cut(status, "CapEff:")
	digits, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
	effective, err := strconv.ParseUint(digits, 16, 64)
	if !found || err != nil {
		return nil
	}
	for _, c := range []struct {
		name string
		bit  int
	}{{"CAP_NET_ADMIN", 12}, {"CAP_SYS_ADMIN", 21}} {
		if effective&(1<<c.bit) == 0 {
			missing = append(missing, c.name)
		}
	}
	return missing
}

func missingPrograms(find func(string) (string, error)) error {
	var programs, packs []string
	for _, n := range needs {
		if _, err := find(n.program); err == nil {
			continue
		}
		programs = append(programs, n.program)
		if len(packs) == 0 || packs[len(packs)-1] != n.pack {
			packs = append(packs, n.pack)
		}
	}
	if len(programs) == 0 {
		return nil
	}
	return fmt.Errorf("a real node needs %s: apt-get install --no-install-recommends %s", strings.Join(programs, ", "), strings.Join(packs, " "))
}
