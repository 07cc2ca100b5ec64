package config

import (
	"net"
	"strings"
)

// meeting returns the pattern for what both patterns match; ok is false where there is nothing.
type meeting func(a, b string) (both string, ok bool)

// meetNames is for names, where a * at the end stands for any rest.
func meetNames(a, b string) (string, bool) {
	switch {
	case coversName(a, b):
		return b, true
	case coversName(b, a):
		return a, true
	}
	return "", false
}

func coversName(a, b string) bool {
	if prefix, ok := strings.CutSuffix(a, "*"); ok {
		return strings.HasPrefix(b, prefix)
	}
	return a == b
}

// meetHosts is for hosts with or without a port; *.example.org stands for all hosts below it.
// A host without a port stands for all ports.
func meetHosts(a, b string) (string, bool) {
	hostA, portA := splitHost(a)
	hostB, portB := splitHost(b)
	host := hostA
	switch {
	case coversHost(hostA, hostB):
		host = hostB
	case !coversHost(hostB, hostA):
		return "", false
	}
	port := portA
	switch {
	case portA == "":
		port = portB
	case portB != "" && portB != portA:
		return "", false
	}
	if port == "" {
		return host, true
	}
	return net.JoinHostPort(host, port), true
}

func coversHost(a, b string) bool {
	if a == "*" {
		return true
	}
	if suffix, ok := strings.CutPrefix(a, "*"); ok && strings.HasPrefix(suffix, ".") {
		return strings.HasSuffix(b, suffix) && b != suffix
	}
	return a == b
}

// splitHost returns a host in small letters, without brackets and a last dot, and its port.
func splitHost(s string) (host, port string) {
	if h, p, err := net.SplitHostPort(s); err == nil {
		s, port = h, p
	}
	return strings.TrimSuffix(strings.ToLower(strings.Trim(s, "[]")), "."), port
}
