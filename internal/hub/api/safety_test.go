package api

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// TestRoles tries every route that writes with every role.
func TestRoles(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		taskID := task[strings.LastIndex(task, "/")+1:]
		message := workstream + "/messages/" + newID(t)
		w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: message, Body: hub.Message{Text: "hello"}})
		verdict := map[string]any{"task": taskID, "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"}
		writers := []hub.Role{hub.Agent, hub.Verifier, hub.Human, hub.Admin}
		for _, row := range []struct {
			name string
			may  []hub.Role
			call func() call
		}{
			{"workstream", writers, func() call {
				return call{Method: "PUT", Path: "/v1/workstreams/" + newID(t), Body: hub.Workstream{Repo: "r", Plan: "p"}}
			}},
			{"change of a workstream", writers, func() call {
				return call{Method: "PATCH", Path: workstream, Body: `{"title":"The web"}`, Header: map[string]string{"If-Match": `"1"`}}
			}},
			{"task", writers, func() call {
				return call{Method: "PUT", Path: workstream + "/tasks/" + newID(t), Body: hub.Task{Key: "k"}}
			}},
			{"change of a task", writers, func() call {
				return call{Method: "PATCH", Path: task, Body: `{"title":"Begin"}`, Header: map[string]string{"If-Match": `"1"`}}
			}},
			{"event", writers, func() call {
				return call{Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "progress"}}
			}},
			{"message", writers, func() call {
				return call{Method: "PUT", Path: workstream + "/messages/" + newID(t), Body: hub.Message{Text: "m"}}
			}},
			{"receipt", writers, func() call { return call{Method: "POST", Path: message + "/receipts"} }},
			{"verdict", []hub.Role{hub.Verifier}, func() call {
				return call{Method: "PUT", Path: workstream + "/verdicts/" + newID(t), Body: verdict}
			}},
			{"question", writers, func() call {
				return call{Method: "PUT", Path: workstream + "/decisions/" + newID(t), Body: hub.Decision{Key: "D", Question: "?"}}
			}},
			{"answered question", []hub.Role{hub.Human}, func() call {
				return call{Method: "PUT", Path: workstream + "/decisions/" + newID(t), Body: hub.Decision{Key: "D", Status: "resolved", Choice: "A"}}
			}},
			{"answer", []hub.Role{hub.Human}, func() call {
				path := workstream + "/decisions/" + newID(t)
				w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: path, Body: hub.Decision{Key: "D"}})
				return call{Method: "PATCH", Path: path, Body: `{"status":"resolved","choice":"A"}`, Header: map[string]string{"If-Match": `"1"`}}
			}},
			{"lease", writers, func() call {
				path := workstream + "/tasks/" + newID(t)
				w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: path, Body: hub.Task{Key: "k"}})
				return call{Method: "POST", Path: path + "/lease", Body: `{"ttl_seconds":60}`}
			}},
		} {
			t.Run(row.name, func(t *testing.T) {
				for _, role := range hub.Roles {
					c := row.call()
					c.Role = role
					a := w.do(c)
					may := false
					for _, r := range row.may {
						may = may || r == role
					}
					if may != (a.Status < 300) || !may && (a.Status != 403 || a.Code != hub.CodeRole) {
						t.Errorf("%s: %d %s", role, a.Status, a.Text)
					}
				}
				c := row.call()
				c.Token = "wph_aaaaaaaaaaaaaaaa_" + strings.Repeat("a", 52)
				w.want(401, hub.CodeToken, c)
			})
		}
		a := w.want(401, hub.CodeToken, call{Method: "GET", Path: workstream})
		if a.Header.Get("WWW-Authenticate") != "Bearer" {
			t.Error(a.Header)
		}
	})
}

func TestTokens(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		one, _ := w.plan("P-1")
		two, task := w.plan("P-2")
		scoped := w.token(hub.Token{Name: "scoped", Role: hub.Agent, Workstreams: []string{one[len("/v1/workstreams/"):]}})
		w.want(200, "", call{Token: scoped, Method: "GET", Path: one})
		for _, path := range []string{two, task, two + "/events", two + "/changes", two + "/stream", task + "/lease"} {
			w.want(403, hub.CodeScope, call{Token: scoped, Method: "GET", Path: path})
		}
		w.want(403, hub.CodeScope, call{Token: scoped, Method: "PUT", Path: two + "/events/" + newID(t), Body: hub.Event{Type: "x"}})
		w.want(403, hub.CodeScope, call{Token: scoped, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})
		w.want(403, hub.CodeScope, call{Token: scoped, Method: "PUT", Path: "/v1/workstreams/" + newID(t), Body: hub.Workstream{Repo: "r", Plan: "p"}})
		if a := w.do(call{Token: scoped, Method: "GET", Path: "/v1/workstreams"}); strings.Count(string(a.Text), `"rev":`) != 1 {
			t.Errorf("%s", a.Text)
		}
		// An id of another workstream is neither told of nor taken: the token learns nothing, and hinders nobody.
		w.want(201, "", call{Token: scoped, Method: "PUT", Path: one + task[len(two):], Body: hub.Task{Key: "k"}})
		if a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: task}); a.Record.CreatedBy != "the-agent" {
			t.Errorf("%s", a.Text)
		}

		end := w.Store.Now().Add(time.Hour)
		expiring := w.token(hub.Token{Name: "expiring", Role: hub.Reader, ExpiresAt: &end})
		w.want(200, "", call{Token: expiring, Method: "GET", Path: one})
		w.skew.Add(int64(time.Hour))
		w.want(401, hub.CodeToken, call{Token: expiring, Method: "GET", Path: one})

		id, secret, _ := hub.SplitToken(scoped)
		w.want(401, hub.CodeToken, call{Token: hub.Prefix + id + "_" + strings.Repeat("b", len(secret)), Method: "GET", Path: one})
		list, err := w.Store.Tokens(t.Context())
		if text, _ := json.Marshal(list); err != nil || strings.Contains(string(text), secret) {
			t.Errorf("%v %s", err, text)
		}
		if err := w.Store.Revoke(t.Context(), id); err != nil {
			t.Error(err)
		}
		w.want(401, hub.CodeToken, call{Token: scoped, Method: "GET", Path: one})
	})
}

func TestDecisions(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		path := workstream + "/decisions/" + newID(t)
		ada := w.token(hub.Token{Name: "ada", Role: hub.Human})
		bob := w.token(hub.Token{Name: "bob", Role: hub.Human})
		change := func(token, rev, body string) call {
			return call{Token: token, Method: "PATCH", Path: path, Body: body, Header: map[string]string{"If-Match": `"` + rev + `"`}}
		}
		w.want(201, "", call{Token: ada, Method: "PUT", Path: path, Body: hub.Decision{Key: "D-01", Options: map[string]string{"A": "a", "B": "b"}, SecondPerson: true}})
		w.want(403, hub.CodeSecondPerson, change(ada, "1", `{"status":"resolved","choice":"A"}`))
		w.want(422, hub.CodeFixed, change(ada, "1", `{"second_person":false}`))
		w.want(422, hub.CodeFixed, change(bob, "1", `{"resolved_by":"ada"}`))
		w.want(422, hub.CodeFixed, change(ada, "1", `{"asked_by":[]}`))
		w.want(422, hub.CodeInvalid, change(bob, "1", `{"status":"resolved"}`))
		w.want(422, hub.CodeInvalid, change(bob, "1", `{"status":"resolved","choice":"C"}`))
		w.want(403, hub.CodeSecondPerson, change(bob, "1", `{"status":"resolved","choice":"C","options":{"C":"mine"}}`)) // who words the answers has asked, too
		a := w.want(200, "", change(bob, "1", `{"status":"resolved","choice":"A"}`))
		if !strings.Contains(string(a.Record.Body), `"resolved_by":"bob"`) {
			t.Errorf("%s", a.Text)
		}
		w.want(422, hub.CodeFixed, change(ada, "2", `{"question":"Was it that?"}`))
		w.want(403, hub.CodeSecondPerson, change(ada, "2", `{"choice":"B"}`))
		a = w.want(200, "", change(bob, "2", `{"status":"pending"}`))
		if strings.Contains(string(a.Record.Body), "choice") || strings.Contains(string(a.Record.Body), "resolved") {
			t.Errorf("%s", a.Text)
		}
	})
}

// hostile are texts that mean something to SQL, HTML, HTTP, paths or terminals.
var hostile = []string{
	`'; DROP TABLE records; --`, `" OR "1"="1`, `1); DELETE FROM tokens; --`, `%' OR 1=1 --`, `$1`, `?`, `\`, `<script>alert(1)</script>`,
	"\x00", "a\x00b", "\r\nX-Evil: 1", "../../etc/passwd", "..%2f..", "\u202e\u2066", "\x1b[2J", strings.Repeat("x", 5000), "🦊", "{{7*7}}", "${jndi:x}",
}

// TestHostileText puts hostile text into every field, header and part of an address: nothing breaks, and what is
// kept comes back as it was.
func TestHostileText(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		good := func(a answered, what, text string) {
			t.Helper()
			if a.Status >= 500 || a.Header.Get("X-Evil") != "" {
				t.Errorf("%s with %.40q: %d %s", what, text, a.Status, a.Text)
			}
		}
		for _, text := range hostile {
			for _, field := range []string{"key", "title", "status", "priority", "assignee", "steps", "unknown"} {
				body := map[string]any{"key": "k", field: text}
				a := w.do(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/tasks/" + newID(t), Body: body})
				good(a, field, text)
				if a.Status == 201 {
					var kept map[string]any
					if err := json.Unmarshal(a.Record.Body, &kept); err != nil || kept[field] != text {
						t.Errorf("%s: %q came back as %q", field, text, kept[field])
					}
				}
			}
			for _, part := range []string{"/v1/workstreams/%s", "/v1/workstreams/%s/changes", "/v1/workstreams/%s/stream", workstream + "/tasks/%s", workstream + "/%s", task + "/%s", workstream + "/events?after=%s", workstream + "/events?task=%s", workstream + "/changes?since=%s", workstream + "/changes?epoch=%s", workstream + "/stream?since=%s"} {
				path := fmt.Sprintf(part, url.PathEscape(text))
				if strings.Contains(part, "?") {
					path = fmt.Sprintf(part, url.QueryEscape(text))
				}
				a := w.do(call{Role: hub.Agent, Method: "GET", Path: path})
				good(a, part, text)
				if a.Status < 400 {
					t.Errorf("%s with %.40q: %d", part, text, a.Status)
				}
			}
			if strings.ContainsAny(text, "\x00\r\n\x1b") {
				continue // what Go's client does not send; see TestRawRequests
			}
			for _, header := range []string{"If-Match", "Idempotency-Key", "Lease-Fence", "Authorization", "Content-Type"} {
				a := w.do(call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"x"}`, Header: map[string]string{"If-Match": `"99"`, header: text}})
				good(a, header, text)
				if a.Status < 400 {
					t.Errorf("%s with %.40q: %d", header, text, a.Status)
				}
			}
		}
		for _, body := range []string{"", "null", "[]", `"x"`, "{", `{"key":null}`, `{"key":1}`, `{"key":"k","needs":null}`, `{"key":"k"}{"key":"l"}`, strings.Repeat("[", 100_000), `{"key":"k","line":1e99}`, `{"key":"k","line":-1}`} {
			a := w.do(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/tasks/" + newID(t), Body: body, Header: map[string]string{"Content-Type": "application/json"}})
			good(a, "body", body)
			if a.Status < 400 {
				t.Errorf("%.40q: %d %s", body, a.Status, a.Text)
			}
		}
		w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: task})
	})
}

// TestRawRequests says what no client would.
func TestRawRequests(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db", generous)
	workstream, _ := w.plan("P-1")
	auth := "Authorization: Bearer " + w.Tokens[hub.Agent] + "\r\n"
	for _, row := range []struct {
		name, request string
		want          string
	}{
		{"path with dots", "GET /v1/openapi.json/../workstreams HTTP/1.1\r\nHost: x\r\n\r\n", "401"},
		{"encoded dots", "GET /v1/%2e%2e/v1/workstreams HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "404"},
		{"two slashes", "GET //v1/workstreams HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "404"},
		{"slash at the end", "GET /v1/workstreams/ HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "404"},
		{"whole address", "GET http://other.example/v1/workstreams HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "200"},
		{"two tokens", "GET /v1/workstreams HTTP/1.1\r\nHost: x\r\n" + auth + auth + "\r\n", "422"},
		{"two conditions", "PATCH " + workstream + " HTTP/1.1\r\nHost: x\r\n" + auth + "If-Match: \"1\"\r\nIf-Match: \"2\"\r\nContent-Length: 2\r\n\r\n{}", "422"},
		{"NUL in a header", "GET /v1/workstreams HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\x00b\r\n\r\n", "400"},
		{"two lengths", "PUT /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", "400"},
		{"large header", "GET /v1/workstreams HTTP/1.1\r\nHost: x\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		{"another method", "DELETE " + workstream + " HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "405"},
		{"trace", "TRACE / HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "404"},
		{"star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n" + auth + "\r\n", "200"},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := net.Dial("tcp", strings.TrimPrefix(w.Base, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(time.Minute))
			go c.Write([]byte(row.request))
			line, err := bufio.NewReader(c).ReadString('\n')
			if err != nil || !strings.Contains(line, " "+row.want+" ") {
				t.Errorf("%q %v, wanted %s", line, err, row.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	everywhere(t, Limits{Rate: 0.001, Burst: 30, Streams: 2}, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		large := `{"type":"x","text":"` + strings.Repeat("x", 1<<20) + `"}`
		w.want(413, hub.CodeTooLarge, call{Role: hub.Verifier, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: large})
		w.want(413, hub.CodeTooLarge, call{Role: hub.Verifier, Method: "POST", Path: workstream + "/sync", Body: strings.Repeat("x", 9<<20)})
		var many []any
		for i := range 501 {
			many = append(many, map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": fmt.Sprint("m", i), "body": map[string]any{"type": "x"}})
		}
		w.want(422, hub.CodeInvalid, call{Role: hub.Verifier, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": many}})
		for range 2 {
			res := w.open(t, workstream+"/stream", nil)
			defer res.Body.Close()
		}
		w.want(429, hub.CodeTooMany, call{Role: hub.Reader, Method: "GET", Path: workstream + "/stream"})
		refused := 0
		for range 40 {
			if a := w.do(call{Role: hub.Human, Method: "GET", Path: workstream}); a.Code == hub.CodeTooMany {
				refused++
				if a.Status != 429 || a.Header.Get("Retry-After") == "" {
					t.Errorf("%s", a.Text)
				}
			}
		}
		if refused != 10 {
			t.Errorf("%d of 40 were refused", refused)
		}
		w.want(200, "", call{Role: hub.Admin, Method: "GET", Path: workstream}) // others are not hindered
		for range 40 {
			w.do(call{Method: "GET", Path: workstream, Token: "guess"})
		}
		w.want(429, hub.CodeTooMany, call{Method: "GET", Path: workstream, Token: "guess"})
	})
}

// open begins a stream.
func (w *world) open(t *testing.T, path string, header map[string]string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.Base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.Tokens[hub.Reader])
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		t.Fatal(res.Status)
	}
	return res
}
