package cluster

import (
	"fmt"
	"os"
)

// clusterVariable marks every process of a cluster with its directory, so that none can hide. The node passes it on to its containers.
const clusterVariable = "WPCTL_SANDBOX_CLUSTER"

// commandLine is the name of a program and its flags. Files are relative to the cluster's directory.
type commandLine []string

// clientFlags are those of a program that works for the API server, without a port of its own.
var clientFlags = []string{
	"--kubeconfig=kubeconfig",
	"--secure-port=0",
	"--leader-elect=false",
	"--kube-api-qps=200",
	"--kube-api-burst=400",
}

var (
	etcd = commandLine{"etcd", "--data-dir=etcd", "--listen=etcd.sock"}

	controllerManager = append(commandLine{
		"kube-controller-manager",
		"--service-account-private-key-file=pki/sa.key",
		"--root-ca-file=pki/ca.crt",
	}, clientFlags...)

	scheduler = append(commandLine{"kube-scheduler"}, clientFlags...)

	node = commandLine{
		"node",
		"--kubeconfig=kubeconfig",
		"--root=pods",
		"--client-ca-file=pki/ca.crt",
		"--tls-cert-file=pki/node.crt",
		"--tls-private-key-file=pki/node.key",
	}
)

// apiServer is for loopback alone, unless there is a real node: then the whole network is the cluster's own.
func apiServer(port int, real bool) commandLine {
	where := []string{"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none"}
	if real {
		where = []string{"--bind-address=0.0.0.0", "--advertise-address=" + nodeAddress}
	}
	return append(commandLine{
		"kube-apiserver",
		"--etcd-servers=unix://etcd.sock",
		fmt.Sprintf("--secure-port=%d", port),
		"--permit-port-sharing", // with ourselves, who reserved it
		"--cert-dir=pki",
		"--tls-cert-file=pki/server.crt",
		"--tls-private-key-file=pki/server.key",
		"--client-ca-file=pki/ca.crt",
		"--token-auth-file=pki/tokens.csv",
		"--authorization-mode=RBAC",
		"--allow-privileged",
		"--service-account-key-file=pki/sa.key",
		"--service-account-signing-key-file=pki/sa.key",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--kubelet-preferred-address-types=InternalIP",
		"--kubelet-certificate-authority=pki/ca.crt",
		"--kubelet-client-certificate=pki/kubelet-client.crt",
		"--kubelet-client-key=pki/kubelet-client.key",
	}, where...)
}

// Environment is all that the processes of a cluster get of ours: no proxies, no credentials.
func Environment(dir Dir) []string {
	env := []string{clusterVariable + "=" + string(dir)}
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return env
}
