// Package api is a hub's face to programs: HTTP and JSON under /v1, described by the OpenAPI document that it serves.
// It judges requests and shows results; what is written, and who may, the store and the words of hub decide.
package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// Limits bound what clients may ask for. The zero value stands for the defaults.
type Limits struct {
	Rate    float64 // requests a second of one token, or of one address without one; 50
	Burst   int     // requests at once; 200
	Streams int     // open event streams of one token; 16, and of all half as many as connections

	Requests    int // of one token at the same time, but for streams; 128
	Connections int // all in all; 1024
	PerAddress  int // connections of one address; 256
}

// connections is how many there may be.
func (l Limits) connections() int { return cmp.Or(l.Connections, 1024) }

// Server answers requests.
type Server struct {
	Store  *store.Store // required
	Log    hclog.Logger // required
	Limits Limits
	Pages  http.Handler // answers for all addresses that are not the API's; nil: nobody

	api     huma.API
	mux     *http.ServeMux
	bodies  map[hub.Kind]shapes
	rates   *rates
	streams *counts         // by token, and "" all in all
	asking  *counts         // requests by token
	serving context.Context // streams end with it
	end     context.CancelFunc
}

// problems makes the library write our problems; it has one place for it, for the whole process.
// Names of fields are what they are: a body is judged by one reader and kept by another, and a field that is written in
// other letters would be one to the second only.
var problems = sync.OnceFunc(func() { huma.NewError, huma.ValidateStrictCasing = newError, true })

// Handler is the whole API.
func (s *Server) Handler() http.Handler {
	s.build()
	return s.guard(s.mux)
}

// OpenAPI is the document that describes the API.
func OpenAPI() ([]byte, error) {
	s := &Server{Log: hclog.NewNullLogger()}
	s.build()
	return indented(s.api.OpenAPI())
}

func (s *Server) build() {
	problems()
	s.mux = http.NewServeMux()
	s.serving, s.end = context.WithCancel(context.Background())
	s.rates, s.streams, s.asking = newRates(s.Limits), &counts{n: map[string]int{}}, &counts{n: map[string]int{}}
	cfg := huma.DefaultConfig("wpctl hub", "1")
	cfg.Info.Description = "Keeps workstreams, tasks, verdicts, events, decisions, messages and leases of workplans. Ids are made by clients."
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "/v1/openapi", "", "", nil
	cfg.RejectUnknownQueryParameters = true
	cfg.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	cfg.Security = []map[string][]string{{"token": {}}}
	s.api = humago.New(s.mux, cfg)
	s.shape()
	s.routes()
}

// newError makes a problem of what the library finds wrong. It repeats no value: a value may be a secret.
func newError(status int, message string, errs ...error) huma.StatusError {
	codes := map[int]hub.Code{
		http.StatusUnsupportedMediaType: hub.CodeMediaType, http.StatusRequestTimeout: hub.CodeTimeout,
		http.StatusRequestEntityTooLarge: hub.CodeTooLarge, http.StatusInternalServerError: hub.CodeInternal,
	}
	code, ok := codes[status]
	if !ok {
		code = hub.CodeInvalid
	}
	p := hub.Refuse(code, "%s", bounded(message))
	if status != 0 && status != p.Status {
		p.Status, p.Title = status, http.StatusText(status)
	}
	for i, err := range errs {
		if i == 20 || status == http.StatusInternalServerError {
			break
		}
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, hub.Fault{Path: bounded(d.Location), Message: bounded(d.Message)})
		}
	}
	return p
}

// bounded is text that is safe to send back.
func bounded(s string) string { return safe.Cut(s, 300) }

// refusal is the error as clients may see it; what is none of their business goes to the log.
func (s *Server) refusal(err error) error {
	var p *hub.Problem
	switch {
	case err == nil:
		return nil
	case errors.As(err, &p):
		if p.Code == hub.CodeKeyRunning || p.Code == hub.CodeUnavailable {
			return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"1"}})
		}
		return p
	case errors.Is(err, context.Canceled):
		return hub.Refuse(hub.CodeUnavailable, "the request was given up")
	}
	s.Log.Error("request", "error", err)
	return huma.ErrorWithHeaders(hub.Refuse(hub.CodeUnavailable, "the database does not answer; nothing is known to be written"), http.Header{"Retry-After": {"1"}})
}

type whoKey struct{}

// who is the token that a request came with.
func who(ctx context.Context) hub.Token {
	t, _ := ctx.Value(whoKey{}).(hub.Token)
	return t
}

// reaches refuses a workstream that the token may not see.
func reaches(ctx context.Context, workstream string) error {
	if !who(ctx).Reaches(workstream) {
		return hub.Refuse(hub.CodeScope, "the token does not reach the workstream %s", workstream)
	}
	return nil
}

// Sweep forgets what is too old to be kept, now and then, until ctx ends.
func (s *Server) Sweep(ctx context.Context) {
	for {
		if err := s.Store.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Log.Error("sweep", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}
