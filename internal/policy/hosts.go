package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Grants say which credential may go to which hosts: the credential's name → patterns of hosts.
//
// A pattern is a host's name, an IP address, or *. and a name of two labels at least, where * stands for one
// whole label. With :port it is for that port only; an IPv6 address then stands in brackets.
type Grants map[string][]string

// Allow returns nil where the credential may go to the host, with or without port; else a *check.Denied.
func (g Grants) Allow(credential, host string) error {
	h, err := parseHost(host, false)
	if err != nil {
		return &check.Denied{Reason: fmt.Sprintf("the credential %q goes to no host that is written like %q: %v", credential, host, err)}
	}
	for _, pattern := range g[credential] {
		if p, err := parseHost(pattern, true); err == nil && p.covers(h) {
			return nil
		}
	}
	return &check.Denied{Reason: fmt.Sprintf("the credential %q is not granted for %s: grant it in your own configuration", credential, h)}
}

// Check returns what is wrong with the patterns.
func (g Grants) Check() error {
	for credential, patterns := range g {
		for _, pattern := range patterns {
			if _, err := parseHost(pattern, true); err != nil {
				return fmt.Errorf("the grant of %q for %q: %w", credential, pattern, err)
			}
		}
	}
	return nil
}

// host is a host in the one way of writing it.
type host struct {
	labels []string   // of a name, in lower case
	ip     netip.Addr // of an address
	port   string     // "" for any
}

func (p host) covers(h host) bool {
	if p.port != "" && p.port != h.port {
		return false
	}
	if p.ip.IsValid() || h.ip.IsValid() {
		return p.ip == h.ip
	}
	if len(p.labels) != len(h.labels) {
		return false
	}
	if p.labels[0] == "*" {
		return slices.Equal(p.labels[1:], h.labels[1:])
	}
	return slices.Equal(p.labels, h.labels)
}

func (h host) String() string {
	name := strings.Join(h.labels, ".")
	if h.ip.IsValid() {
		name = h.ip.String()
	}
	if h.port == "" {
		return name
	}
	return name + ":" + h.port
}

// parseHost reads a host, or a pattern of hosts. It refuses whatever two programs may read as two hosts.
func parseHost(s string, pattern bool) (host, error) {
	if addr, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil && addr.Zone() == "" && balanced(s) {
		return host{ip: addr.Unmap()}, nil
	}
	if ap, err := netip.ParseAddrPort(s); err == nil && ap.Addr().Zone() == "" {
		return host{ip: ap.Addr().Unmap(), port: fmt.Sprint(ap.Port())}, nil
	}
	name, port, withPort := strings.Cut(s, ":")
	if withPort && (port == "" || len(port) > 5 || strings.Trim(port, "0123456789") != "" || port[0] == '0') {
		return host{}, fmt.Errorf("%q is no port", port)
	}
	h := host{labels: strings.Split(strings.TrimSuffix(name, "."), "."), port: port}
	for i, label := range h.labels {
		if label == "*" && pattern && i == 0 && len(h.labels) > 2 {
			continue
		}
		if err := checkLabel(label); err != nil {
			return host{}, err
		}
		h.labels[i] = strings.ToLower(label)
	}
	last := h.labels[len(h.labels)-1]
	if strings.Trim(last, "0123456789") == "" || strings.HasPrefix(last, "0x") {
		return host{}, fmt.Errorf("%q is an odd way to write an IP address", name)
	}
	return h, nil
}

func balanced(s string) bool { return strings.HasPrefix(s, "[") == strings.HasSuffix(s, "]") }

func checkLabel(label string) error {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	switch {
	case label == "*":
		return fmt.Errorf("* stands for the first label of three or more")
	case label == "" || len(label) > 63:
		return fmt.Errorf("it has a label of %d characters", len(label))
	case strings.Trim(label, letters) != "":
		return fmt.Errorf("%q is no label of a host's name; write names of other alphabets as xn--…", label)
	}
	return nil
}
