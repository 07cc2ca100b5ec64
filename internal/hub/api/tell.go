package api

import (
	"bytes"
	"net/http"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// watched is an answer of which the audit trail wants to know how it began.
type watched struct {
	http.ResponseWriter
	status int
	begin  []byte
}

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *watched) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.status >= 400 && len(w.begin) < 100 {
		w.begin = append(w.begin, b[:min(len(b), 100)]...)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets streams flush and set deadlines.
func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// code is the refusal's: its type is the first field of a problem.
func (w *watched) code() string {
	_, rest, ok := bytes.Cut(w.begin, []byte(`"urn:wpctl:hub:`))
	code, _, end := bytes.Cut(rest, []byte(`"`))
	if !ok || !end {
		return strings.ToLower(http.StatusText(w.status)) // of a page
	}
	return string(code)
}

// tell notes what was refused and what the store has not noted itself: all that would have changed something, and
// reading without the right to. Nothing of an address but its form and ids is kept.
func (s *Server) tell(r *http.Request, from *store.Source, w *watched) {
	if w.status < 400 || from.Told() {
		return
	}
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	if reads && w.status != http.StatusUnauthorized && w.status != http.StatusForbidden && w.status != http.StatusTooManyRequests {
		return
	}
	e := hub.Entry{Action: "request", Outcome: w.code(), Detail: r.Pattern}
	if e.Detail == "" {
		e.Detail = "no such address"
	}
	if id := r.PathValue("workstream"); hubid.Is(id) {
		e.Workstream = id
	}
	if id := r.PathValue("id"); hubid.Is(id) {
		e.Record = id
	}
	s.Store.Refused(r.Context(), who(r.Context()), e)
}
