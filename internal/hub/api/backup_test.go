package api

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// unpacked is a backup as text.
func unpacked(t *testing.T, backup string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(backup))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func packed(t *testing.T, text string) io.Reader {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &out
}

// databases are the ways from one database to another.
func databases(t *testing.T, test func(t *testing.T, from, to string)) {
	file := func(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }
	t.Run("sqlite to sqlite", func(t *testing.T) { test(t, file(t, "a.db"), file(t, "b.db")) })
	t.Run("sqlite to postgres", func(t *testing.T) { test(t, file(t, "a.db"), hubtest.Postgres(t)) })
	t.Run("postgres to sqlite", func(t *testing.T) { test(t, hubtest.Postgres(t), file(t, "b.db")) })
	t.Run("postgres to postgres", func(t *testing.T) { test(t, hubtest.Postgres(t), hubtest.Postgres(t)) })
}

// TestBackup restores a backup that was made while others wrote.
func TestBackup(t *testing.T) {
	databases(t, func(t *testing.T, from, to string) {
		w := newWorld(t, from, generous)
		workstream, task := w.plan("P-1")
		id := workstream[len("/v1/workstreams/"):]
		w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":600}`})
		patch := call{Role: hub.Human, Method: "PATCH", Path: task, Body: map[string]any{"title": "a\u2028<é>\"\\🦊"}, Header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": "one"}}
		patched := w.want(200, "", patch)
		before := w.do(call{Role: hub.Reader, Method: "GET", Path: task})

		t.Log("writers go on meanwhile: a backup holds a moment of them")
		var stop atomic.Bool
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			for !stop.Load() {
				a, err := w.try(call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": []any{
					map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": newID(t), "body": map[string]any{"type": "first"}},
					map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": newID(t), "body": map[string]any{"type": "second"}},
				}}})
				if err != nil || a.Status != 200 {
					t.Error(err, string(a.Text))
					return
				}
			}
		}()
		var out bytes.Buffer
		for range 3 {
			out.Reset()
			if err := w.Store.Backup(t.Context(), &out); err != nil {
				t.Fatal(err)
			}
			plain := unpacked(t, out.String())
			one, two := strings.Count(plain, `,"{\"type\":\"first\"}",`), strings.Count(plain, `,"{\"type\":\"second\"}",`)
			if one != two || one == 0 && strings.Contains(plain, "first") {
				t.Errorf("%d of the first and %d of the second", one, two)
			}
		}
		stop.Store(true)
		<-ended
		what, err := store.CheckBackup(t.Context(), bytes.NewReader(out.Bytes()))
		if err != nil || what.Rows["records"] < 3 || what.Rows["tokens"] != 5 {
			t.Fatal(what, err)
		}
		var revoked string
		revoked, w.Tokens[hub.Admin] = w.Tokens[hub.Admin], w.Tokens[hub.Human]

		t.Log("into an empty database")
		v := newWorld(t, to, generous)
		if _, err := v.Store.Restore(t.Context(), bytes.NewReader(out.Bytes()), false); !errors.Is(err, store.ErrNotEmpty) {
			t.Fatal("tokens were lost", err)
		}
		v.want(404, hub.CodeNotFound, call{Role: hub.Reader, Method: "GET", Path: workstream})
		other, _ := v.plan("P-OTHER")
		epoch := v.epoch(other)
		revokedID, _, _ := hub.SplitToken(revoked)

		t.Log("over what is there, under a hub that runs")
		if _, err := v.Store.Restore(t.Context(), bytes.NewReader(out.Bytes()), true); err != nil {
			t.Fatal(err)
		}
		v.Tokens = w.Tokens
		v.want(404, hub.CodeNotFound, call{Role: hub.Reader, Method: "GET", Path: other})
		after := v.want(200, "", call{Role: hub.Reader, Method: "GET", Path: task})
		if !bytes.Equal(before.Text, after.Text) {
			t.Errorf("%s\n%s", before.Text, after.Text)
		}
		if again := v.want(200, "", patch); !bytes.Equal(again.Text, patched.Text) {
			t.Errorf("an answer was lost: %s", again.Text)
		}
		if now := v.epoch(workstream); now == epoch || now == w.epoch(workstream) {
			t.Error("the epoch is an old one")
		}
		v.want(410, hub.CodeResync, call{Role: hub.Reader, Method: "GET", Path: workstream + "/changes?since=1&epoch=" + w.epoch(workstream)})
		if n := len(v.trail(store.Trail{Workstream: id})); n < 4 {
			t.Errorf("%d lines of the trail", n)
		}
		if n := len(v.trail(store.Trail{Workstream: other[len("/v1/workstreams/"):]})); n < 2 {
			t.Errorf("%d lines of the trail that was there", n)
		}

		t.Log("leases have ended, and numbers go on")
		v.want(409, hub.CodeLeaseLost, call{Role: hub.Agent, Method: "POST", Path: task + "/lease/renew", Body: `{"ttl_seconds":60,"fence":1}`})
		a := v.want(200, "", call{Role: hub.Human, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})
		if fence, _ := strconv.Atoi(number(string(a.Text), "fence")); fence < 1_000_000 {
			t.Errorf("%s", a.Text)
		}
		fresh := workstream + "/tasks/" + newID(t)
		v.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: fresh, Body: hub.Task{Key: "k"}})
		a = v.want(201, "", call{Role: hub.Human, Method: "POST", Path: fresh + "/lease", Body: `{"ttl_seconds":60}`})
		if fence, _ := strconv.Atoi(number(string(a.Text), "fence")); fence < 1_000_000 {
			t.Errorf("%s", a.Text)
		}

		t.Log("what was revoked after the backup stays revoked")
		if err := v.Store.Revoke(t.Context(), revokedID); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Store.Restore(t.Context(), bytes.NewReader(out.Bytes()), true); err != nil {
			t.Fatal(err)
		}
		v.want(401, hub.CodeToken, call{Token: revoked, Method: "GET", Path: task})
		v.want(200, "", call{Role: hub.Reader, Method: "GET", Path: task})
		epoch = v.epoch(workstream)
		if err := v.Store.Renew(t.Context()); err != nil || v.epoch(workstream) == epoch {
			t.Error("not renewed", err)
		}
	})
}

func (w *world) epoch(workstream string) string {
	w.t.Helper()
	var f struct{ Epoch string }
	if err := json.Unmarshal(w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream + "/changes"}).Text, &f); err != nil {
		w.t.Fatal(err)
	}
	return f.Epoch
}

// TestBrokenBackups restores what is not whole: nothing is changed by it.
func TestBrokenBackups(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		var out bytes.Buffer
		if err := w.Store.Backup(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		whole := out.String()
		plain := unpacked(t, whole)
		lines := strings.SplitAfter(plain, "\n")
		lines = lines[:len(lines)-1]
		epoch := w.epoch(workstream)
		broken := map[string]io.Reader{
			"nothing":           strings.NewReader(""),
			"another file":      strings.NewReader("SQLite format 3\x00"),
			"other lines":       packed(t, "{}\n"),
			"a changed letter":  packed(t, strings.Replace(plain, `\"the-agent\"`, `\"the-agents\"`, 1)+" "),
			"a changed title":   packed(t, strings.Replace(plain, "The web", "The Web", 1)),
			"a later version":   packed(t, strings.Replace(plain, `"version":1`, `"version":2`, 1)),
			"another table":     packed(t, strings.Replace(plain, `"table":"tokens"`, `"table":"meta"`, 1)),
			"another column":    packed(t, strings.Replace(plain, `"hash"`, `"hash = '' --"`, 1)),
			"a row that is not": packed(t, strings.Replace(plain, `["audit`, `[1,"audit`, 1)),
			"a line too much":   packed(t, plain+"{}\n"),
			"half the bytes":    strings.NewReader(whole[:len(whole)/2]),
		}
		for i := range lines {
			broken[fmt.Sprintf("without line %d", i)] = packed(t, strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), ""))
			broken[fmt.Sprintf("only %d lines", i)] = packed(t, strings.Join(lines[:i], ""))
		}
		delete(broken, "a row that is not") // there is none like it
		for name, r := range broken {
			if _, err := w.Store.Restore(t.Context(), r, true); !errors.Is(err, store.ErrBackup) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if now := w.epoch(workstream); now != epoch {
			t.Error("the epoch is another")
		}
		w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream})
	})
}
