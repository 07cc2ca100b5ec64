package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// once are the headers that a request may have at most once: of two, one reader takes the first and another the last.
var once = []string{"Authorization", "If-Match", "If-None-Match", "Idempotency-Key", "Lease-Fence", "Last-Event-Id", "Content-Type"}

// open are the addresses that need no token.
func open(path string) bool {
	switch path {
	case "/v1/health", "/v1/openapi.json", "/v1/openapi.yaml", "/v1/openapi-3.0.json", "/v1/openapi-3.0.yaml":
		return true
	}
	return false
}

// guard stands before all routes: what does not come through it reaches no other code.
func (s *Server) guard(next *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from := store.SourceOf(r)
		seen := &watched{ResponseWriter: w}
		w = seen
		ctx, cancel := s.bounded(store.WithSource(r.Context(), from), r.URL.Path)
		defer cancel()
		r = r.WithContext(ctx)
		defer func() { s.tell(r, from, seen) }()
		if s.Pages != nil && !strings.HasPrefix(path.Clean(r.URL.Path)+"/", "/v1/") {
			s.Pages.ServeHTTP(w, r)
			return
		}
		defer func() {
			if e := recover(); e != nil && e != http.ErrAbortHandler { //nolint:errorlint // a panic's value, not a chain
				s.Log.Error("panic", "value", e, "stack", string(debug.Stack()))
				write(w, hub.Refuse(hub.CodeInternal, "the hub made a mistake"))
			}
		}()
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		r, err := s.admit(r)
		var p *hub.Problem
		if errors.As(err, &p) {
			write(w, p)
			return
		}
		if err != nil {
			s.Log.Error("look up a token", "error", err)
			write(w, hub.Refuse(hub.CodeUnavailable, "the database does not answer"))
			return
		}
		if token := who(r.Context()).ID; token != "" && !strings.HasSuffix(r.URL.Path, "/stream") {
			limit := cmp.Or(s.Limits.Requests, 128)
			if !s.asking.take(token, limit) {
				write(w, hub.Refuse(hub.CodeTooMany, "more than %d requests of one token at the same time", limit))
				return
			}
			defer s.asking.give(token)
		}
		if p := route(next, r, h); p != nil {
			write(w, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// patience is how long a request may take: what waits for longer waits for a database that is not well.
const patience = 40 * time.Second

// bounded ends requests in time, but for streams.
func (s *Server) bounded(ctx context.Context, path string) (context.Context, context.CancelFunc) {
	if !strings.HasPrefix(path, "/v1/") || strings.HasSuffix(path, "/stream") {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, patience)
}

// admit finds who is asking, and refuses those who may not, or who ask too often.
func (s *Server) admit(r *http.Request) (*http.Request, error) {
	for _, name := range once {
		if len(r.Header[name]) > 1 {
			return r, hub.Refuse(hub.CodeInvalid, "the header %s: wanted once, found %d times", name, len(r.Header[name]))
		}
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if open(r.URL.Path) {
		return r, s.rates.take("address " + address)
	}
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		if err := s.rates.take("address " + address); err != nil {
			return r, err
		}
		return r, hub.Refuse(hub.CodeToken, "wanted the header Authorization: Bearer TOKEN")
	}
	t, err := s.Store.Who(r.Context(), strings.TrimSpace(text))
	if err != nil {
		if slow := s.rates.take("address " + address); slow != nil {
			return r, slow
		}
		return r.WithContext(context.WithValue(r.Context(), whoKey{}, t)), err // t: whose token it was
	}
	return r.WithContext(context.WithValue(r.Context(), whoKey{}, t)), s.rates.take("token " + t.ID)
}

// route refuses addresses and methods that are not there, as a problem and not as the library's text.
func route(mux *http.ServeMux, r *http.Request, h http.Header) *hub.Problem {
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path || !strings.HasPrefix(r.URL.Path, "/") {
		return hub.Refuse(hub.CodeNoRoute, "no such address; see /v1/openapi.json")
	}
	if _, pattern := mux.Handler(r); pattern != "" {
		return nil
	}
	var allowed []string
	for _, method := range []string{"GET", "HEAD", "PUT", "POST", "PATCH"} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return hub.Refuse(hub.CodeNoRoute, "no such address; see /v1/openapi.json")
	}
	h.Set("Allow", strings.Join(allowed, ", "))
	return hub.Refuse(hub.CodeMethod, "this address takes %s", strings.Join(allowed, ", "))
}

// write sends a problem.
func write(w http.ResponseWriter, p *hub.Problem) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	switch p.Code {
	case hub.CodeToken:
		h.Set("WWW-Authenticate", "Bearer")
	case hub.CodeTooMany, hub.CodeUnavailable:
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // nobody is left to be told
}
