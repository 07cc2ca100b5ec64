package board

import (
	"errors"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// policy is what a page may load and do: what comes from here, and nothing that stands in the page itself.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard stands before all pages: what does not come through it reaches no other code.
func (s *Server) guard(next *http.ServeMux) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if e := recover(); e != nil && e != http.ErrAbortHandler { //nolint:errorlint // a panic's value, not a chain
				s.Log.Error("panic", "value", e, "stack", string(debug.Stack()))
				s.refuse(w, r, hub.Refuse(hub.CodeInternal, "the hub made a mistake"))
			}
		}()
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := s.Gate.Take("address " + address(r)); err != nil {
			s.refuse(w, r, err)
			return
		}
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path {
			s.refuse(w, r, hub.Refuse(hub.CodeNotFound, "no such page"))
			return
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
			if err := cross.Check(r); err != nil || r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "" {
				s.Store.Refused(r.Context(), hub.Token{}, hub.Entry{Action: "request", Outcome: "other-site"})
				s.refuse(w, r, &hub.Problem{Code: hub.CodeRole, Status: http.StatusForbidden, Title: "Forbidden", Detail: "the request came from another site"})
				return
			}
		default:
			h.Set("Allow", "GET, HEAD, POST")
			s.refuse(w, r, hub.Refuse(hub.CodeMethod, "no such request"))
			return
		}
		if _, pattern := next.Handler(r); pattern == "" {
			s.refuse(w, r, hub.Refuse(hub.CodeNotFound, "no such page"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// known lets those in who are logged in, and shows the others the way to it.
func (s *Server) known(next page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r, session: s.secret(r), now: s.Store.Now()}
		err := error(hub.Refuse(hub.CodeToken, "not logged in"))
		if v.session != "" {
			v.who, err = s.Store.Session(r.Context(), v.session)
		}
		var p *hub.Problem
		if errors.As(err, &p) && p.Code == hub.CodeToken {
			s.askToLogIn(w, r)
			return
		}
		if err == nil {
			err = s.Gate.Take("token " + v.who.ID)
		}
		if err == nil {
			err = next(v)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
}

// refuse shows a problem as a page; what is none of the reader's business goes to the log.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var p *hub.Problem
	if !errors.As(err, &p) {
		if r.Context().Err() != nil {
			return
		}
		s.Log.Error("page", "path", r.URL.Path, "error", err)
		p = hub.Refuse(hub.CodeUnavailable, "the database does not answer")
	}
	if p.Code == hub.CodeTooMany || p.Code == hub.CodeUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	title := strings.ToLower(http.StatusText(p.Status))
	render(w, r, p.Status, refusal(frame{Title: title}, clean(p.Detail)))
}
