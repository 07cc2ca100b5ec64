package testsrv

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
)

// Tracker is a hub of others: projects and cards with numbers for ids, other words for status, fields in other places,
// pages, and a lock that a change must name.
type Tracker struct {
	*httptest.Server
	Scheme, Token string // how it wants to be asked: bearer, basic or header (X-Api-Key)

	// Disturb may answer a request in its place; true says that it has. It is set before the first request.
	Disturb func(http.ResponseWriter, *http.Request) bool

	mu       sync.Mutex
	number   int
	projects []*Card
	cards    []*Card
	notes    []map[string]any
	asked    []string
}

// Card is a project, or a card of one.
type Card struct {
	Number  int            `json:"number"`
	Project int            `json:"project,omitempty"`
	Lock    int            `json:"lock"`
	Ext     map[string]any `json:"ext"`
	Fields  map[string]any `json:"fields"`
	Who     map[string]any `json:"who,omitempty"`
}

// StartTracker starts a tracker.
func StartTracker(scheme, token string) *Tracker {
	t := &Tracker{Scheme: scheme, Token: token, number: 100}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/projects", func(w http.ResponseWriter, r *http.Request) { t.list(w, r, t.projects) })
	mux.HandleFunc("POST /api/projects", func(w http.ResponseWriter, r *http.Request) { t.create(w, r, &t.projects, 0) })
	mux.HandleFunc("PUT /api/projects/{number}", func(w http.ResponseWriter, r *http.Request) { t.change(w, r, t.projects) })
	mux.HandleFunc("GET /api/projects/{number}/cards", func(w http.ResponseWriter, r *http.Request) {
		var of []*Card
		for _, c := range t.cards {
			if strconv.Itoa(c.Project) == r.PathValue("number") {
				of = append(of, c)
			}
		}
		t.list(w, r, of)
	})
	mux.HandleFunc("POST /api/projects/{number}/cards", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("number"))
		t.create(w, r, &t.cards, n)
	})
	mux.HandleFunc("PATCH /api/cards/{number}", func(w http.ResponseWriter, r *http.Request) { t.change(w, r, t.cards) })
	mux.HandleFunc("POST /api/cards/{number}/notes", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]any
		if json.NewDecoder(r.Body).Decode(&in) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		t.notes = append(t.notes, in)
		w.WriteHeader(http.StatusNoContent)
	})
	t.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t.Disturb != nil && t.Disturb(w, r) {
			return
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.asked = append(t.asked, r.Method+" "+r.RequestURI)
		if !t.knows(r) {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	return t
}

func (t *Tracker) knows(r *http.Request) bool {
	got := r.Header.Get("Authorization")
	want := "Bearer " + t.Token
	switch t.Scheme {
	case "basic":
		name, password, _ := r.BasicAuth()
		got, want = name+":"+password, t.Token
	case "header":
		got, want = r.Header.Get("X-Api-Key"), t.Token
	}
	return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// trackerPage is how many are on a page.
const trackerPage = 2

func (t *Tracker) list(w http.ResponseWriter, r *http.Request, all []*Card) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	page = max(page, 1)
	from := min((page-1)*trackerPage, len(all))
	part := all[from:min(from+trackerPage, len(all))]
	answer(w, http.StatusOK, map[string]any{
		"data":   map[string]any{"entries": append([]*Card{}, part...)},
		"paging": map[string]any{"page": page, "pages": (len(all) + trackerPage - 1) / trackerPage},
	})
}

func (t *Tracker) create(w http.ResponseWriter, r *http.Request, to *[]*Card, project int) {
	c := &Card{Project: project, Lock: 1, Fields: map[string]any{}}
	if err := json.NewDecoder(r.Body).Decode(c); err != nil {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"error": err.Error()})
		return
	}
	t.number++
	c.Number = t.number
	*to = append(*to, c)
	answer(w, http.StatusCreated, map[string]any{"entry": c})
}

func (t *Tracker) change(w http.ResponseWriter, r *http.Request, all []*Card) {
	var in struct {
		Lock   *int
		Fields map[string]any
		Who    map[string]any
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Lock == nil {
		answer(w, http.StatusUnprocessableEntity, map[string]any{"error": fmt.Sprint("no lock, or ", err)})
		return
	}
	for _, c := range all {
		if strconv.Itoa(c.Number) != r.PathValue("number") {
			continue
		}
		if c.Lock != *in.Lock {
			answer(w, http.StatusConflict, map[string]any{"error": "somebody was faster"})
			return
		}
		for name, value := range in.Fields {
			c.Fields[name] = value
		}
		if in.Who != nil {
			c.Who = in.Who
		}
		c.Lock++
		answer(w, http.StatusOK, map[string]any{"entry": c})
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // who asked is gone
}

// Change changes a card whose field has a value, as people there do.
func (t *Tracker) Change(field string, value any, change func(*Card)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range append(append([]*Card{}, t.projects...), t.cards...) {
		if c.Fields[field] == value {
			change(c)
			c.Lock++
			return true
		}
	}
	return false
}

// Text is all that the tracker has, as JSON.
func (t *Tracker) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	text, _ := json.Marshal(map[string]any{"projects": t.projects, "cards": t.cards, "notes": t.notes})
	return string(text)
}

// Asked are the requests so far, by method and address.
func (t *Tracker) Asked() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.asked...)
}
