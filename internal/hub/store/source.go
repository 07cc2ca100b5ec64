package store

import (
	"context"
	"net"
	"net/http"
)

// Source is where a request comes from, for the audit trail. It belongs to one request.
type Source struct {
	Address string
	Name    string // who runs a command that has no token
	told    bool   // the trail knows of the request
}

type sourceKey struct{}

// WithSource says where requests with this context come from.
func WithSource(ctx context.Context, s *Source) context.Context {
	return context.WithValue(ctx, sourceKey{}, s)
}

// SourceOf is the source of an HTTP request.
func SourceOf(r *http.Request) *Source {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	return &Source{Address: address}
}

func sourceOf(ctx context.Context) *Source {
	if s, ok := ctx.Value(sourceKey{}).(*Source); ok {
		return s
	}
	return &Source{}
}

// Told says whether the trail knows of the request already.
func (s *Source) Told() bool { return s.told }
