// Package oci reads images and rights from OCI registries: over connections and tokens that are shared, in bounded
// size, and with credentials that go to the registry and to the token service that was agreed to, and nowhere else.
// It writes nothing to a registry, and knows nothing of steps.
package oci

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// The bounds of what is kept. A token is asked for anew after a while, so that what a look finds out about access
// is not older than that.
const (
	maxSessions = 256
	maxAge      = 30 * time.Second
)

// Access is as whom, and over what, a repository is read.
type Access struct {
	Transport http.RoundTripper  // required; it makes connections and follows no redirects
	Shape     string             // tells transports apart: sessions of one shape are shared
	Auth      authn.AuthConfig   // the zero value sends no credential
	Allow     func(string) error // asked before the credential goes to another host, that of the token service
	Plain     bool               // over plain HTTP; to this machine itself that is tried anyway, after HTTPS
	HTTPSOnly bool               // it is not tried
}

// Anonymous tells whether no credential is sent.
func (a Access) Anonymous() bool { return a.Auth == authn.AuthConfig{} }

func (a Access) key(repo name.Repository) string {
	auth, _ := json.Marshal(a.Auth)
	return fmt.Sprintf("%s %s %t %t %x", repo.Name(), a.Shape, a.Plain, a.HTTPSOnly, sha256.Sum256(auth))
}

// Sessions keeps sessions, so that looks at one repository share a handshake. The zero value is ready.
type Sessions struct {
	mu sync.Mutex
	by map[string]*opening
}

// opening is a session that somebody opens or has opened.
type opening struct {
	done    chan struct{}
	began   time.Time
	session *Session
	err     error
	cut     bool // the one who opened it ran out of time: that says nothing to others
}

// Open returns a session with the repository: a new one, or one that another look opened a moment ago.
func (s *Sessions) Open(ctx context.Context, repo name.Repository, a Access) (*Session, error) {
	key := a.key(repo)
	for {
		o, mine := s.find(key)
		if mine {
			o.session, o.err = open(ctx, repo, a)
			o.cut = ctx.Err() != nil
			if o.err != nil {
				s.forget(key, o)
			}
			close(o.done)
			return o.session, o.err
		}
		select {
		case <-o.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if o.err == nil || !o.cut {
			return o.session, o.err
		}
	}
}

func (s *Sessions) find(key string) (o *opening, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o = s.by[key]; o != nil && time.Since(o.began) < maxAge {
		return o, false
	}
	if s.by == nil || len(s.by) >= maxSessions {
		s.by = map[string]*opening{}
	}
	o = &opening{done: make(chan struct{}), began: time.Now()}
	s.by[key] = o
	return o, true
}

func (s *Sessions) forget(key string, o *opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[key] == o {
		delete(s.by, key)
	}
}

// Session reads one repository as one client.
type Session struct {
	repo       name.Repository
	transport  http.RoundTripper
	challenged bool
	kept       content
}

// Challenged tells whether the registry wants to know who asks.
func (s *Session) Challenged() bool { return s.challenged }

// open asks the registry how it wants clients to show who they are, and does so.
func open(ctx context.Context, repo name.Repository, a Access) (*Session, error) {
	g := newGuard(repo.Registry, a)
	ping, err := transport.Ping(ctx, repo.Registry, g)
	if err != nil {
		return nil, err
	}
	g.settle(ping)
	auth := authn.FromConfig(a.Auth)
	if a.Anonymous() {
		auth = authn.Anonymous
	}
	token := &transport.Token{}
	if isBearer(ping) {
		if err := a.allow(g, ping); err != nil {
			return nil, err
		}
		if token, err = exchange(ctx, repo, a, g, ping, "pull"); err != nil {
			return nil, err
		}
	}
	rt, err := transport.FromToken(repo.Registry, auth, g, ping, token)
	if err != nil {
		return nil, err
	}
	return &Session{repo: repo, transport: rt, challenged: ping.Scheme != ""}, nil
}

// exchange asks the token service for a token for actions on the repository, such as "pull,push".
func exchange(ctx context.Context, repo name.Repository, a Access, g *guard, ping *transport.Challenge, actions string) (*transport.Token, error) {
	auth := authn.FromConfig(a.Auth)
	if a.Anonymous() {
		auth = authn.Anonymous
	}
	if a.Auth.RegistryToken != "" { // it is what a token service would give
		return &transport.Token{Token: a.Auth.RegistryToken}, nil
	}
	token, err := transport.Exchange(ctx, repo.Registry, auth, g, []string{repo.Scope(actions)}, ping)
	if err != nil {
		return nil, &TokenError{err}
	}
	if token.AccessToken != "" {
		token.Token = token.AccessToken
	}
	return token, nil
}

// TokenError is the error of a token service that gave no token.
type TokenError struct{ Err error }

func (t *TokenError) Error() string { return "no token: " + t.Err.Error() }
func (t *TokenError) Unwrap() error { return t.Err }

func isBearer(c *transport.Challenge) bool { return strings.EqualFold(c.Scheme, "bearer") }

// allow asks whether the credential may go to the token service, where that is another host than the registry.
func (a Access) allow(g *guard, ping *transport.Challenge) error {
	realm, err := url.Parse(ping.Parameters["realm"])
	if err != nil || realm.Hostname() == "" {
		return fmt.Errorf("the challenge names no token service: realm %q", ping.Parameters["realm"])
	}
	if a.Anonymous() || realm.Hostname() == g.hostname() {
		return nil
	}
	if a.Allow == nil {
		return fmt.Errorf("the credential may not go to the token service %s", realm.Hostname())
	}
	return a.Allow(realm.Hostname())
}
