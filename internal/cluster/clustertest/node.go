package clustertest

import (
	"os"
	"testing"
)

// Node is the sandbox's real node: it pulls images, has a network, and its Services work.
// The test runs inside that network.
type Node struct {
	Name            string
	Address         string // of the node, as pods see it
	Registry        string // host and port, plain HTTP, for everybody
	PrivateRegistry string // the same images, for User with Password
	User, Password  string
}

// NeedNode returns the real node of the tests. Where there is none the test is skipped, and fails if WPCTL_REQUIRE_NODE is 1.
func NeedNode(t testing.TB) Node {
	t.Helper()
	Kubeconfig(t)
	name := os.Getenv("WPCTL_SANDBOX_NODE")
	switch {
	case name != "":
	case os.Getenv("WPCTL_REQUIRE_NODE") == "1":
		t.Fatal("needs a real node, and WPCTL_REQUIRE_NODE is 1: run bin/sandbox run --node -- go test")
	default:
		t.Skip("needs a real node: run bin/sandbox run --node -- go test")
	}
	return Node{
		Name:            name,
		Address:         os.Getenv("WPCTL_SANDBOX_NODE_ADDRESS"),
		Registry:        os.Getenv("WPCTL_SANDBOX_REGISTRY"),
		PrivateRegistry: os.Getenv("WPCTL_SANDBOX_PRIVATE_REGISTRY"),
		User:            os.Getenv("WPCTL_SANDBOX_REGISTRY_USER"),
		Password:        os.Getenv("WPCTL_SANDBOX_REGISTRY_PASSWORD"),
	}
}
