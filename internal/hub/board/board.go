// Package board is a hub's face to people: web pages that need no JavaScript to be read.
// It shows what the store keeps and lets people resolve decisions; who may do what, the store and the words of hub decide.
package board

import (
	"context"
	"net/http"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// Gate is what the board shares with the hub's other clients: how much each may ask for, and when streams end.
type Gate interface {
	Take(client string) error
	Stream(parent context.Context, token string) (ctx context.Context, give func(), err error)
}

// Server answers for the board's pages.
type Server struct {
	Store  *store.Store // required
	Log    hclog.Logger // required
	Gate   Gate         // required
	Secure bool         // browsers speak TLS, with us or with a proxy before us
	Forges Forges       // where repositories can be looked at

	drawings drawings
}

// Handler is the whole board.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, page := range map[string]page{
		"GET /{$}":                          s.plans,
		"GET /plans/{plan}":                 s.plan,
		"GET /plans/{plan}/tasks":           s.tasks,
		"GET /plans/{plan}/graph":           s.graph,
		"GET /plans/{plan}/findings":        s.findings,
		"GET /plans/{plan}/history":         s.history,
		"GET /plans/{plan}/decisions":       s.planDecisions,
		"GET /plans/{plan}/tasks/{id}":      s.task,
		"GET /plans/{plan}/decisions/{id}":  s.decision,
		"POST /plans/{plan}/decisions/{id}": s.decide,
		"GET /decisions":                    s.decisions,
		"GET /work":                         s.work,
		"GET /search":                       s.search,
		"GET /help":                         s.help,
		"GET /live":                         s.live,
		"POST /logout":                      s.logout,
	} {
		mux.Handle(pattern, s.known(page))
	}
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("GET /static/{digest}/{name}", static)
	mux.HandleFunc("GET /favicon.ico", favicon)
	return s.guard(mux)
}

// visit is a request of somebody who is logged in.
type visit struct {
	w       http.ResponseWriter
	r       *http.Request
	who     hub.Token
	session string // the secret
	now     time.Time
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// page answers a request. A problem that it returns becomes a page of its own.
type page func(*visit) error

// id is the record that an address names within its plan.
func (v *visit) id() (string, error) {
	id := v.r.PathValue("id")
	if !hubid.Is(id) {
		return "", hub.Refuse(hub.CodeNotFound, "no such page")
	}
	return id, nil
}

// planOf is the plan that an address names, where the visitor may see it. One that they may not see is not there.
func (s *Server) planOf(v *visit) (hub.Record, error) {
	id := v.r.PathValue("plan")
	if !hubid.Is(id) || !v.who.Reaches(id) {
		return hub.Record{}, hub.Refuse(hub.CodeNotFound, "no such plan")
	}
	return s.Store.Get(v.ctx(), id, hub.KindWorkstream, id)
}
