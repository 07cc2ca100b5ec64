package steps

import (
	"context"
	"fmt"
	"net"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Forwarder connects to ports inside a cluster through its API server.
type Forwarder interface {
	// Forward connects to a port of a Service, by a pod behind it. A port that nothing listens on is found with
	// errors.Is(err, syscall.ECONNREFUSED), at once or by the first Read. A Service that is not there, or has no pod
	// that is ready, is a *NoBackend. Closing the connection is the caller's.
	Forward(ctx context.Context, cluster string, s ServiceRef) (net.Conn, error)
}

// ServiceRef is a port of a Service.
type ServiceRef struct {
	Namespace, Name string
	Port            string // its number or name; "": the Service's only one
}

// NoBackend is the error of a Service that leads nowhere.
type NoBackend struct {
	Service ServiceRef
	Reason  string // such as "there is no such Service"
}

func (e *NoBackend) Error() string {
	return fmt.Sprintf("%s: %s", code("Service/"+e.Service.Name), e.Reason)
}

// parseServiceRef reads namespace/name or namespace/name:port.
func parseServiceRef(s string) (ServiceRef, error) {
	namespace, rest, ok := strings.Cut(s, "/")
	name, port, withPort := strings.Cut(rest, ":")
	if !ok || namespace == "" || name == "" || strings.ContainsAny(rest, "/ ") || withPort && port == "" {
		return ServiceRef{}, fmt.Errorf("%q is not namespace/name", s)
	}
	return ServiceRef{namespace, name, port}, nil
}

func (s ServiceRef) String() string { return s.Namespace + "/" + s.Name }

// host is the name of the Service inside its cluster.
func (s ServiceRef) host() string { return s.Name + "." + s.Namespace + ".svc" }

// rules are the rights that Forward uses.
func (s ServiceRef) rules() []check.Rule {
	return []check.Rule{
		{Verbs: []string{"get"}, APIVersion: "v1", Kind: "Service", Namespace: s.Namespace, Names: []string{s.Name}},
		{Verbs: []string{"list"}, APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice", Namespace: s.Namespace},
		{Verbs: []string{"get", "create"}, APIVersion: "v1", Kind: "Pod", Subresource: "portforward", Namespace: s.Namespace},
	}
}
