package hub

import (
	"errors"
	"net"
	"net/url"
	"strings"
)

// Address is where a hub answers, in the one form in which it is compared and kept: scheme://host:port/path, with the
// port always written, and without the /v1 that all of its addresses have.
// Plain HTTP is for loopback only: elsewhere whoever is on the way could read the token.
func Address(s string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	wrong := errors.New("a hub's address is one such as https://hub.example.org, without user, question mark or #") // never the text: it may hold a password
	if err != nil || u.Opaque != "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return "", wrong
	}
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	switch strings.ToLower(u.Scheme) {
	case "https":
		if port == "" {
			port = "443"
		}
	case "http":
		if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
			return "", errors.New("a hub that is not on this machine is reached with https only: a token could be read on the way")
		}
		if port == "" {
			port = "80"
		}
	default:
		return "", wrong
	}
	path := strings.TrimSuffix(strings.TrimRight(u.EscapedPath(), "/"), "/v1")
	return strings.ToLower(u.Scheme) + "://" + net.JoinHostPort(host, port) + strings.TrimRight(path, "/"), nil
}

// Origin is an address without its path: what a token is bound to.
func Origin(s string) (string, error) {
	s, err := Address(s)
	if err != nil {
		return "", err
	}
	scheme, rest, _ := strings.Cut(s, "://")
	host, _, _ := strings.Cut(rest, "/")
	return scheme + "://" + host, nil
}
