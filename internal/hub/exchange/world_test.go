package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/keep"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/servetest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// world is a real hub, and a workstream of it.
type world struct {
	t          *testing.T
	Database   string
	Store      *store.Store
	Base       string
	Workstream string
	skew       atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldIn(t, filepath.Join(t.TempDir(), "hub.db"))
}

func newWorldIn(t *testing.T, database string) *world {
	t.Helper()
	w := storeIn(t, database)
	w.Base = servetest.Serve(t, servetest.Server(w.Store))
	return w
}

// storeIn is a world without a server.
func storeIn(t *testing.T, database string) *world {
	t.Helper()
	w := &world{t: t, Database: database}
	var err error
	if w.Workstream, err = hubid.Workstream("web", "P-1"); err != nil {
		t.Fatal(err)
	}
	if w.Store, err = store.Open(t.Context(), database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Store.Close)
	w.Store.Now = func() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }
	return w
}

func (w *world) token(name string, role hub.Role) string {
	w.t.Helper()
	text, _, err := w.Store.CreateToken(w.t.Context(), hub.Token{Name: name, Role: role})
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

// body reads a record's body out of the hub; "" where there is none.
func (w *world) body(kind hub.Kind, name string) string {
	r, err := w.Store.Get(w.t.Context(), w.Workstream, kind, w.id(kind, name))
	if err != nil {
		return ""
	}
	b, err := hub.Fields(kind, r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	b.Drop("said")
	return string(b.Text())
}

// change changes a record of the hub behind everybody's back.
func (w *world) change(role hub.Role, kind hub.Kind, name, patch string) {
	w.t.Helper()
	r, err := w.Store.Get(w.t.Context(), w.Workstream, kind, w.id(kind, name))
	if err != nil {
		w.t.Fatal(err)
	}
	res, err := w.Store.Apply(w.t.Context(), hub.Token{ID: "x", Name: "somebody", Role: role}, w.Workstream,
		[]hub.Operation{{Verb: hub.Update, Kind: kind, ID: r.ID, IfMatch: r.Rev, Body: json.RawMessage(patch)}})
	if err != nil || res[0].Problem != nil {
		w.t.Fatal(err, res[0].Problem)
	}
}

func (w *world) id(kind hub.Kind, name string) string {
	make := map[hub.Kind]func(string, string) (string, error){hub.KindTask: hubid.Task, hub.KindDecision: hubid.Decision}[kind]
	if make == nil {
		return w.Workstream
	}
	id, err := make(w.Workstream, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// checkout is one clone: a file in memory, and its own state.
type checkout struct {
	*world
	bodies   map[string]any // by kind and name: "task T01"
	x        *Exchange
	unwanted string // a value that cannot be written
}

func (w *world) checkout(token string) *checkout {
	w.t.Helper()
	dir := w.t.TempDir()
	c, err := client.New(w.Base, token, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return w.checkoutOf(dir, c)
}

func (w *world) checkoutOf(dir string, r hub.Remote) *checkout {
	w.t.Helper()
	box, err := outbox.Open(filepath.Join(dir, "outbox"))
	if err != nil {
		w.t.Fatal(err)
	}
	k, err := keep.Open(filepath.Join(dir, "hub"))
	if err != nil {
		w.t.Fatal(err)
	}
	return &checkout{
		world:  w,
		x:      &Exchange{Remote: r, Box: box, Keep: k, Root: dir, NewKey: hubid.New, Patience: time.Minute, pause: 5 * time.Millisecond},
		bodies: map[string]any{"workstream P-1": hub.Workstream{Repo: "web", Plan: "P-1", Title: "The web", Status: "active"}},
	}
}

func (c *checkout) task(name string, t hub.Task) {
	t.Key = name
	if t.Status == "" {
		t.Status = "todo"
	}
	c.bodies["task "+name] = t
}

func (c *checkout) decision(name string, d hub.Decision) {
	d.Key = name
	if d.Status == "" {
		d.Status = "pending"
	}
	c.bodies["decision "+name] = d
}

// Records is what the file says.
func (c *checkout) Records() ([]Record, error) {
	var out []Record
	for _, kind := range []hub.Kind{hub.KindWorkstream, hub.KindTask, hub.KindDecision} {
		for at, v := range c.bodies {
			name, ok := strings.CutPrefix(at, string(kind)+" ")
			if !ok {
				continue
			}
			b, err := hub.BodyOf(kind, v)
			if err != nil {
				return nil, err
			}
			out = append(out, Record{Kind: kind, ID: c.id(kind, name), Name: name, Body: b})
		}
	}
	return out, nil
}

// Write is what a file with scalars does.
func (c *checkout) Write(_ context.Context, list []Write) ([]Unwritten, error) {
	var out []Unwritten
	for _, w := range list {
		at := string(w.Record.Kind) + " " + w.Record.Name
		b, err := hub.BodyOf(w.Record.Kind, c.bodies[at])
		if err != nil {
			return nil, err
		}
		if c.unwanted != "" && strings.Contains(w.Unit.Value(w.Body), c.unwanted) {
			out = append(out, Unwritten{Write: w, Why: "it cannot stand in the file"})
			continue
		}
		for _, f := range w.Unit.Fields {
			if b.Drop(f); w.Body.Value(f) != "" {
				b.Set(f, json.RawMessage(w.Body.Value(f)))
			}
		}
		c.bodies[at] = b.Text()
	}
	return out, nil
}

func (c *checkout) set(at string, fields map[string]any) {
	kind, _, _ := strings.Cut(at, " ")
	b, err := hub.BodyOf(hub.Kind(kind), c.bodies[at])
	if err != nil {
		c.t.Fatal(err)
	}
	for name, value := range fields {
		b.Set(name, value)
	}
	c.bodies[at] = b.Text()
}

func (c *checkout) says(at string) string {
	kind, _, _ := strings.Cut(at, " ")
	b, err := hub.BodyOf(hub.Kind(kind), c.bodies[at])
	if err != nil {
		c.t.Fatal(err)
	}
	return string(b.Text())
}

// sync brings the checkout in step and returns what came of it, in one line.
func (c *checkout) sync() string {
	c.t.Helper()
	rep, err := c.x.Run(context.Background(), c.Workstream, c, false)
	return told(rep, err)
}

func told(rep Report, err error) string {
	var out []string
	add := func(what string, list []Change) {
		for _, ch := range list {
			s := what + ch.Name + "." + ch.Unit + "=" + ch.To
			if ch.New {
				s = what + ch.Name
			}
			if ch.Replaced {
				s += "!"
			}
			out = append(out, s)
		}
	}
	add("hub:", rep.ToHub)
	add("file:", rep.ToFile)
	for what, list := range map[string][]Difference{"proposal:": rep.Proposals, "conflict:": rep.Conflicts, "unsent:": rep.Unsent} {
		for _, d := range list {
			out = append(out, fmt.Sprintf("%s%s.%s=%s/%s", what, d.Name, d.Unit, d.File, d.Hub))
		}
	}
	for _, e := range rep.Refused {
		out = append(out, fmt.Sprintf("refused:%s:%s", e.Name, e.Code))
	}
	for _, key := range rep.OnlyHub {
		out = append(out, "only-hub:"+key)
	}
	if rep.Waiting > 0 {
		out = append(out, fmt.Sprintf("waiting:%d", rep.Waiting))
	}
	if rep.Resynced {
		out = append(out, "resynced")
	}
	out = append(out, rep.Warnings...)
	var later *hub.Later
	var p *hub.Problem
	switch {
	case errors.As(err, &later):
		out = append(out, "later")
	case errors.As(err, &p):
		out = append(out, string(p.Code))
	case err != nil:
		out = append(out, err.Error())
	}
	return strings.Join(out, " ")
}

// want syncs and expects what came of it.
func (c *checkout) want(want string) {
	c.t.Helper()
	if got := c.sync(); got != want {
		c.t.Errorf("sync: %s\nwanted: %s", got, want)
	}
}
