// Package servetest serves hubs for tests.
package servetest

import (
	"context"
	"net"
	"testing"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/api"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// Open opens a database that is closed when the test ends.
func Open(t testing.TB, database string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// Server is a hub that says nothing, and lets everybody ask as often as they like.
func Server(s *store.Store) *api.Server {
	return &api.Server{Store: s, Log: hclog.NewNullLogger(), Limits: api.Limits{Rate: 1e6, Burst: 1e6}}
}

// Serve serves a hub on loopback until the test ends, and returns its address.
func Serve(t testing.TB, srv *api.Server) (base string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- srv.Serve(ctx, l, nil) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return "http://" + l.Addr().String()
}

// Token makes a token and returns its text.
func Token(t testing.TB, s *store.Store, token hub.Token) string {
	t.Helper()
	text, _, err := s.CreateToken(context.Background(), token)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
