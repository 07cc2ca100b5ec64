package cluster

import (
	"fmt"
	"net"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// Contain is the command of the sandbox by which a program starts that box.Confine keeps together.
const Contain = "contain"

// containerdSocket is below the /run that every real node has for itself.
const containerdSocket = "/run/containerd/containerd.sock"

var kubeProxy = commandLine{
	"kube-proxy",
	"--kubeconfig=kubeconfig",
	"--hostname-override=" + realNode,
	"--proxy-mode=iptables",
	"--cluster-cidr=" + podRange,
	"--iptables-min-sync-period=100ms",
	// The machine's tables stay as they are.
	"--conntrack-max-per-core=0",
	"--conntrack-tcp-timeout-established=0",
	"--conntrack-tcp-timeout-close-wait=0",
}

// clusterDNS knows the cluster's names at the node's address. At those of the machine's resolvers, which programs outside of pods ask,
// it knows no name at all, and says so.
func clusterDNS(outside []net.IP) commandLine {
	line := commandLine{"dns", "--kubeconfig=kubeconfig", "--listen=" + nodeAddress + ":53"}
	for _, ip := range outside {
		line = append(line, "--outside="+net.JoinHostPort(ip.String(), "53"))
	}
	return line
}

func registryProgram(hello string) commandLine {
	return commandLine{
		"registry",
		"--open=" + registry,
		"--private=" + privateRegistry,
		"--user=" + registryUser,
		"--password-file=pki/registry-password",
		"--busybox=" + box.Busybox,
		"--hello=" + hello,
	}
}

func containerd(d Dir) commandLine {
	return commandLine{Contain, "containerd", "--config=" + d.join("node", "containerd.toml")}
}

func kubelet(d Dir) commandLine {
	return commandLine{
		"kubelet",
		"--kubeconfig=kubeconfig",
		"--config=" + d.join("node", "kubelet.json"),
		"--root-dir=" + d.join("node", "kubelet"),
		"--cert-dir=" + d.join("node", "kubelet", "pki"),
		"--hostname-override=" + realNode,
		"--node-ip=" + nodeAddress,
	}
}

// kubeletConfig is for a node that shares its machine with others, and whose containers are short-lived.
func kubeletConfig(d Dir) any {
	type object = map[string]any
	return object{
		"apiVersion":               "kubelet.config.k8s.io/v1beta1",
		"kind":                     "KubeletConfiguration",
		"address":                  nodeAddress,
		"tlsCertFile":              d.join("pki", "node.crt"),
		"tlsPrivateKeyFile":        d.join("pki", "node.key"),
		"authentication":           object{"anonymous": object{"enabled": false}, "webhook": object{"enabled": false}, "x509": object{"clientCAFile": d.join("pki", "ca.crt")}},
		"authorization":            object{"mode": "AlwaysAllow"}, // of those who have a certificate of the cluster
		"containerRuntimeEndpoint": "unix://" + containerdSocket,
		"clusterDNS":               []string{nodeAddress},
		"clusterDomain":            "cluster.local",
		"resolvConf":               d.join("node", "resolv.conf"),
		"podLogsDir":               d.join("node", "logs"),
		"volumePluginDir":          d.join("node", "plugins"),

		"cgroupRoot":             "/" + box.Group(string(d)),
		"cgroupDriver":           "cgroupfs",
		"cgroupsPerQOS":          false,
		"enforceNodeAllocatable": []string{},
		"failCgroupV1":           false,
		"failSwapOn":             false,
		"makeIPTablesUtilChains": false,

		// The machine's memory and disk are not this node's to watch.
		"localStorageCapacityIsolation": false,
		"imageGCHighThresholdPercent":   100,
		"evictionHard":                  object{"memory.available": "0%", "nodefs.available": "0%", "nodefs.inodesFree": "0%", "imagefs.available": "0%", "imagefs.inodesFree": "0%"},

		"serializeImagePulls":       false,
		"registryPullQPS":           0,
		"syncFrequency":             "10s",
		"nodeStatusUpdateFrequency": "5s",
		"crashLoopBackOff":          object{"maxContainerRestartPeriod": "10s"},
	}
}

func containerdConfig(d Dir) string {
	return fmt.Sprintf(`version = 2
root = %[1]q
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
  address = %[2]q

[plugins."io.containerd.internal.v1.opt"]
  path = %[3]q

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "%[4]s/pause:1"
  # A profile would stay in the machine's kernel.
  disable_apparmor = true
  # The machine may not let us lower the score.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    # Images are small, and it works on every file system.
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = %[5]q
    conf_dir = %[6]q
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = %[7]q
`, d.join("node", "containerd"), containerdSocket, d.join("node", "opt"), registry, box.CNI, d.join("node", "cni"), d.join("node", "registries"))
}

// cniConfig gives every pod a cable of its own: with a bridge, answers of a pod to its neighbour would pass kube-proxy by.
func cniConfig(d Dir) string {
	return fmt.Sprintf(`{
  "cniVersion": "0.4.0",
  "name": "sandbox",
  "plugins": [
    {
      "type": "ptp",
      "ipam": {
        "type": "host-local",
        "dataDir": %q,
        "ranges": [[{"subnet": %q}]],
        "routes": [{"dst": "0.0.0.0/0"}]
      }
    }
  ]
}
`, d.join("node", "addresses"), podRange)
}

// plainHTTP is how containerd is told that a registry has no certificate.
func plainHTTP(address string) string {
	return fmt.Sprintf("server = \"http://%[1]s\"\n\n[host.\"http://%[1]s\"]\n  capabilities = [\"pull\", \"resolve\"]\n", address)
}
