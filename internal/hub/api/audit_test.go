package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
)

// trail reads what the audit trail says, the oldest first.
func (w *world) trail(which store.Trail) []hub.Entry {
	w.t.Helper()
	if err := w.Store.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	which.Limit = 10_000
	list, err := w.Store.Audit(w.t.Context(), which)
	if err != nil {
		w.t.Fatal(err)
	}
	slices.Reverse(list)
	return list
}

func TestAudit(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		id, taskID := workstream[len("/v1/workstreams/"):], task[strings.LastIndex(task, "/")+1:]
		patch := call{Role: hub.Human, Method: "PATCH", Path: task, Body: `{"title":"New"}`, Header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": "one"}}
		w.want(200, "", patch)
		w.want(200, "", patch) // nothing is done again
		w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: task})
		w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})

		t.Log("refusals, by the store and before it")
		for range 3 {
			w.want(412, hub.CodeStale, call{Role: hub.Human, Method: "PATCH", Path: task, Body: `{"title":"Late"}`, Header: map[string]string{"If-Match": `"1"`}})
		}
		w.want(403, hub.CodeRole, call{Role: hub.Reader, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "x"}})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: `{"type":"X"}`})
		w.want(405, hub.CodeMethod, call{Role: hub.Admin, Method: "DELETE", Path: task})
		w.want(401, hub.CodeToken, call{Method: "GET", Path: workstream, Token: "wph_guess"})
		w.want(404, hub.CodeNotFound, call{Role: hub.Reader, Method: "GET", Path: workstream + "/events/" + newID(t)}) // to look in vain is no refusal
		scoped := w.token(hub.Token{Name: "scoped", Role: hub.Agent, Workstreams: []string{newID(t)}})
		w.want(403, hub.CodeScope, call{Token: scoped, Method: "GET", Path: workstream})
		scopedID, _, _ := hub.SplitToken(scoped)
		if err := w.Store.Revoke(t.Context(), scopedID); err != nil {
			t.Fatal(err)
		}
		w.want(401, hub.CodeToken, call{Token: scoped, Method: "GET", Path: workstream + "?token=" + scoped})
		a := w.want(200, "", call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": []any{
			map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": "k1", "body": map[string]any{"type": "x"}},
			map[string]any{"op": "create", "kind": "verdict", "id": newID(t), "key": "k2", "body": map[string]any{"task": taskID, "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"}},
			map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": "k3", "body": map[string]any{}},
		}}})
		if strings.Count(string(a.Text), `"code"`) != 2 {
			t.Errorf("%s", a.Text)
		}

		var got []string
		for _, e := range w.trail(store.Trail{}) {
			if e.Source != "127.0.0.1" && !strings.HasPrefix(e.Action, "token-") || time.Since(e.At).Abs() > time.Hour {
				t.Errorf("%+v", e)
			}
			if strings.Contains(fmt.Sprintf("%+v", e), "wph_") {
				t.Errorf("a token: %+v", e)
			}
			line := strings.Join([]string{e.Name, e.Action, string(e.Kind), e.Outcome, fmt.Sprint(e.Rev, "×", e.Times), e.Detail}, " ")
			if e.Workstream == id {
				line += " here"
			}
			got = append(got, line)
		}
		for _, want := range []string{
			" token-create  ok 0×1 the-human, human, 0 workstreams",
			"the-agent create workstream ok 1×1  here",
			"the-agent create task ok 1×1  here",
			"the-human update task ok 2×1  here",
			"the-agent claim lease ok 1×1  here",
			"the-human update task stale 0×3  here",
			"the-reader create event role 0×1  here",
			"the-agent request  invalid 0×1 PUT /v1/workstreams/{workstream}/events/{id} here",
			"the-admin request  method 0×1 no such address",
			" request  unauthenticated 0×1 no such address",
			"scoped request  scope 0×1 GET /v1/workstreams/{workstream} here",
			" token-revoke  ok 0×1 ",
			"scoped request  unauthenticated 0×1 no such address",
			"the-agent create event ok 1×1  here",
			"the-agent create verdict role 0×1  here",
			"the-agent create event invalid 0×1  here",
		} {
			i := slices.Index(got, want)
			if i < 0 {
				t.Errorf("no line %q", want)
				continue
			}
			got = slices.Delete(got, i, i+1)
		}
		if len(got) != len(hub.Roles) { // the other tokens
			t.Errorf("besides:\n%s", strings.Join(got, "\n"))
		}

		t.Log("filters")
		for _, row := range []struct {
			which store.Trail
			want  int
		}{
			{store.Trail{Who: "the-human"}, 2},
			{store.Trail{Who: scopedID}, 2},
			{store.Trail{Outcome: "refused"}, 9},
			{store.Trail{Outcome: "role"}, 2},
			{store.Trail{Outcome: "ok", Action: "claim"}, 1},
			{store.Trail{Record: taskID}, 3},
			{store.Trail{Source: "192.0.2.1"}, 0},
			{store.Trail{Until: time.Now().Add(-time.Hour)}, 0},
			{store.Trail{Since: time.Now().Add(time.Hour)}, 0},
			{store.Trail{Who: "x' OR '1'='1"}, 0},
		} {
			if n := len(w.trail(row.which)); n != row.want {
				t.Errorf("%+v: %d lines, wanted %d", row.which, n, row.want)
			}
		}

		t.Log("what is too old is removed")
		w.skew.Add(int64(23 * time.Hour))
		if err := w.Store.Sweep(t.Context()); err != nil || len(w.trail(store.Trail{})) < 10 {
			t.Error("too much is removed", err)
		}
		w.skew.Add(int64(2 * time.Hour))
		if err := w.Store.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if n := len(w.trail(store.Trail{})); n != 0 {
			t.Errorf("%d lines are left", n)
		}
	})
}

// TestManyRefusals is somebody who wants to fill the disk with them.
func TestManyRefusals(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		for range 300 {
			w.do(call{Role: hub.Reader, Method: "PUT", Path: "/v1/workstreams/" + newID(t), Body: hub.Workstream{Repo: "r", Plan: "p"}})
		}
		lines := w.trail(store.Trail{Outcome: "refused"})
		var times int64
		for _, e := range lines {
			times += e.Times
		}
		if len(lines) > 2*65 || times != 300 { // the time to write may come once in between
			t.Errorf("%d lines tell of %d refusals", len(lines), times)
		}
	})
}

// TestSecrets sends what looks like a secret: it is refused, and stands nowhere in the database.
func TestSecrets(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		hidden := "ghp_" + strings.Repeat("a1B2", 9)
		_, own, _ := hub.SplitToken(w.Tokens[hub.Agent])
		for name, body := range map[string]any{
			"body.text":     map[string]any{"type": "finding", "text": "it said " + hidden + ", and ended"},
			"body.data":     map[string]any{"type": "finding", "data": map[string]any{"deep": []any{map[string]any{"er": hidden}}}},
			"body.data key": map[string]any{"type": "finding", "data": map[string]any{hidden: 1}},
			"an address":    map[string]any{"type": "finding", "text": "postgres://web:hunter22@db/x"},
			"a header":      map[string]any{"type": "finding", "data": map[string]any{"Authorization": "Bearer abcdefghijklmnop1234"}},
			"ours":          map[string]any{"type": "finding", "text": w.Tokens[hub.Agent]},
			"escaped":       `{"type":"finding","text":"\u0067hp_` + hidden[4:] + `"}`,
		} {
			a := w.want(422, hub.CodeSecret, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: body})
			if len(a.Errors) != 1 || strings.Contains(string(a.Text), hidden) || strings.Contains(string(a.Text), own) {
				t.Errorf("%s: %s", name, a.Text)
			}
		}
		w.want(422, hub.CodeSecret, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: map[string]any{"title": hidden}, Header: map[string]string{"If-Match": `"1"`}})
		// Where it stands in a key of ours it is kept as a digest.
		w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"New"}`, Header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": hidden}})
		// What went through the redactor is taken.
		var redactor policy.Redactor
		for _, text := range []string{hidden, w.Tokens[hub.Agent], "masked: postgres://web:hunter22@db/x", "Authorization: Bearer abcdefghijklmnop1234"} {
			w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "finding", Text: redactor.String(text)}})
		}
		if err := w.Store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		if err := w.Store.Backup(t.Context(), &all); err != nil {
			t.Fatal(err)
		}
		if plain := unpacked(t, all.String()); strings.Contains(plain, hidden) || strings.Contains(plain, own) || strings.Contains(plain, "hunter22") || !strings.Contains(plain, "masked") {
			t.Error("a secret is in the database")
		}
	})
}

// TestStorage fills what a token may keep.
func TestStorage(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		w.Store.MaxStored = 200_000
		event := func() call {
			return call{Role: hub.Verifier, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "x", Text: strings.Repeat("x", 20_000)}}
		}
		kept := 0
		for range 20 {
			a := w.do(event())
			if a.Status == 201 {
				kept++
			} else if a.Status != 507 || a.Code != hub.CodeStorage {
				t.Errorf("%s", a.Text)
			}
		}
		if kept != 9 {
			t.Errorf("%d of 20 were kept", kept)
		}
		a := w.do(event())
		a.Header = nil
		w.want(507, hub.CodeStorage, event())
		other := event()
		other.Role = hub.Agent // has made the plan, and little else
		w.want(201, "", other)

		t.Log("answers count, until they are forgotten")
		tasks := 0
		for rev := 1; rev < 40; rev++ {
			body := map[string]any{"title": fmt.Sprintf("%0900d", rev), "labels": []string{strings.Repeat("y", 20_000)}}
			a := w.do(call{Role: hub.Agent, Method: "PATCH", Path: task, Body: body, Header: map[string]string{"If-Match": fmt.Sprintf(`"%d"`, rev)}})
			if a.Code == hub.CodeStorage {
				break
			}
			tasks++
		}
		if tasks < 5 || tasks > 9 {
			t.Errorf("%d updates were taken", tasks)
		}
		before, err := w.Store.Stored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		w.skew.Add(int64(store.AnswersKept + time.Hour))
		if err := w.Store.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		after, err := w.Store.Stored(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		agent, _, _ := hub.SplitToken(w.Tokens[hub.Agent])
		verifier, _, _ := hub.SplitToken(w.Tokens[hub.Verifier])
		if after[agent] > 50_000 || after[agent] < 20_000 || before[agent] < 150_000 || after[verifier] != before[verifier] || before[verifier] < 180_000 {
			t.Errorf("before %v, after %v", before, after)
		}
	})
}
