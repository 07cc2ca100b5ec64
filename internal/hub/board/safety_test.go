package board_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"golang.org/x/net/html"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/board"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

func TestLogin(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		v := w.visitor()
		if a := v.get("/"); a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/login" {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		if a := v.get("/plans/x?q=1"); a.Header.Get("Location") != "/login?next=%2Fplans%2Fx%3Fq%3D1" {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		for _, token := range []string{"", "x", "wph_aaaaaaaaaaaaaaaa_" + strings.Repeat("a", 52), strings.Repeat("x", 60000)} {
			if a := v.post("/login", url.Values{"token": {token}}); a.Status != http.StatusUnauthorized || a.Header.Get("Set-Cookie") != "" || len(token) > 1 && strings.Contains(a.Text, token) {
				t.Errorf("%.20s: %d", token, a.Status)
			}
		}
		if a := v.post("/login", url.Values{"token": {strings.Repeat("x", 70000)}}); a.Status < 400 {
			t.Errorf("%d", a.Status)
		}
		end := w.Store.Now().Add(time.Hour).UTC()
		token := w.token(hub.Token{Name: "ada", Role: hub.Human, ExpiresAt: &end})
		if a := v.get("/login?token=" + token); strings.Contains(a.Text, token) || a.Header.Get("Set-Cookie") != "" {
			t.Error("a token in an address is taken")
		}
		a := v.post("/login?token=x", url.Values{"token": {" " + token + "\n"}, "next": {"/work"}})
		cookie := a.Header.Get("Set-Cookie")
		if a.Status != http.StatusSeeOther || a.Header.Get("Location") != "/work" || !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Strict") ||
			!strings.Contains(cookie, "Path=/;") || strings.Contains(cookie, "Domain") || !strings.Contains(cookie, end.Format("02 Jan 2006 15:04")) || strings.Contains(cookie, token[21:]) {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		v.see("/work")

		t.Log("the database has no secret of it")
		secret := regexp.MustCompile(`=([a-z2-7]{52});`).FindStringSubmatch(cookie)[1]
		if strings.HasSuffix(t.Name(), "sqlite") {
			dir, _ := os.ReadDir(t.TempDir() + "/..")
			for _, d := range dir {
				for _, name := range []string{"hub.db", "hub.db-wal"} {
					if text, err := os.ReadFile(t.TempDir() + "/../" + d.Name() + "/" + name); err == nil && strings.Contains(string(text), secret) {
						t.Error("the session's secret is in " + name)
					}
				}
			}
		}
		t.Log("a session ends with its token's time, its revocation, its own time, and when somebody logs out")
		w.skew.Add(int64(time.Hour))
		if a := v.get("/work"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		text, made, err := w.Store.CreateToken(t.Context(), hub.Token{Name: "eve", Role: hub.Human})
		if err != nil {
			t.Fatal(err)
		}
		eve := w.visitor()
		eve.login(text)
		eve.see("/")
		again := w.visitor()
		again.login(text)
		w.skew.Add(int64(store.SessionTime))
		if a := again.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		eve.login(text)
		if err := w.Store.Revoke(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
		if a := eve.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		out := w.as("mallory", hub.Reader)
		was := out.http.Jar.Cookies(must(url.Parse(w.Base)))
		if a := out.get("/logout"); a.Status != http.StatusNotFound && a.Status != http.StatusMethodNotAllowed {
			t.Errorf("%d", a.Status)
		}
		if a := out.post("/logout", url.Values{}); a.Status != http.StatusSeeOther || !strings.Contains(a.Header.Get("Set-Cookie"), "Max-Age=0") {
			t.Errorf("%d %v", a.Status, a.Header)
		}
		back := w.visitor()
		back.http.Jar.SetCookies(must(url.Parse(w.Base)), was)
		if a := back.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("the cookie of a session that was left: %d", a.Status)
		}
		t.Log("the trail knows who came, who went, and who was turned away")
		if err := w.Store.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, trail := range []store.Trail{{Action: "login", Who: "eve"}, {Action: "logout", Who: "mallory"}, {Action: "login", Outcome: string(hub.CodeToken), Source: "127.0.0.1"}} {
			if lines, err := w.Store.Audit(t.Context(), trail); err != nil || len(lines) == 0 {
				t.Errorf("%+v: %v %v", trail, lines, err)
			}
		}
		t.Log("a new login ends the session before it, and the token itself is no session, nor a session a token")
		text = w.token(hub.Token{Name: "ada", Role: hub.Human})
		back.login(text)
		was = back.http.Jar.Cookies(must(url.Parse(w.Base)))
		back.login(text)
		old := w.visitor()
		old.Header.Set("Cookie", was[0].String())
		if a := old.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		old.Header.Set("Cookie", "wpctl-board="+text)
		if a := old.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
		now := back.http.Jar.Cookies(must(url.Parse(w.Base)))[0].String()
		old.Header.Set("Cookie", now+"; wpctl-board=other")
		if a := old.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("of two cookies one was taken: %d", a.Status)
		}
		old.Header.Set("Cookie", now)
		if a := old.get("/v1/workstreams"); a.Status != http.StatusUnauthorized {
			t.Errorf("the API takes the board's cookie: %d", a.Status)
		}
		old.Header = http.Header{"Authorization": {"Bearer " + text}}
		if a := old.get("/"); a.Status != http.StatusSeeOther {
			t.Errorf("%d", a.Status)
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestNext: after the login nobody is led elsewhere.
func TestNext(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db")
	token := w.token(hub.Token{Name: "ada", Role: hub.Reader})
	for _, next := range []string{
		"//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "/\t/evil.example", "///evil.example", "/%5cevil.example/../..//evil", "evil", "",
		"/x\r\nSet-Cookie: a=b", "http:evil", "/%2f/evil.example", "/%2fevil.example",
	} {
		a := w.visitor().post("/login", url.Values{"token": {token}, "next": {next}})
		to := must(url.Parse(a.Header.Get("Location")))
		if a.Status != http.StatusSeeOther || to.Host != "" || to.Scheme != "" || strings.HasPrefix(a.Header.Get("Location"), "//") || strings.Contains(a.Header.Get("Location"), "\\") || len(a.Header["Set-Cookie"]) != 1 {
			t.Errorf("%q leads to %q", next, a.Header.Get("Location"))
		}
		if a := w.visitor().get("/login?next=" + url.QueryEscape(next)); strings.Contains(a.Text, `value="`+next+`"`) && next != "" {
			t.Errorf("%q stands in the form", next)
		}
	}
}

// TestOtherSites: no other site makes a browser do something here.
func TestOtherSites(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db")
	plan, _, decision := w.harbour()
	v := w.as("ada", hub.Human)
	path := "/plans/" + plan.ID + "/decisions/" + decision
	form := fields(t, v.see(path).Text)
	form.Set("choice", "1")
	for name, header := range map[string]http.Header{
		"another site":        {"Sec-Fetch-Site": {"cross-site"}, "Origin": {"https://evil.example"}},
		"a neighbour":         {"Sec-Fetch-Site": {"same-site"}, "Origin": {"http://127.0.0.1:1"}},
		"an old browser":      {"Sec-Fetch-Site": {""}, "Origin": {"https://evil.example"}},
		"a sandboxed frame":   {"Sec-Fetch-Site": {""}, "Origin": {"null"}},
		"another port":        {"Sec-Fetch-Site": {""}, "Origin": {"http://127.0.0.1:1"}},
		"nobody says whence":  {"Sec-Fetch-Site": {""}, "Origin": {""}},
		"two sites":           {"Sec-Fetch-Site": {"same-origin", "cross-site"}, "Origin": {"https://evil.example"}},
		"a name that is ours": {"Sec-Fetch-Site": {""}, "Origin": {w.Base + ".evil.example"}},
	} {
		if name == "two sites" {
			continue // browsers send one; what counts is the first
		}
		v.Header = header
		for _, to := range []string{path, "/logout", "/login"} {
			if a := v.post(to, form); a.Status != http.StatusForbidden {
				t.Errorf("%s: %s: %d", name, to, a.Status)
			}
		}
	}
	v.Header = http.Header{}
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET"} {
		if a := v.do(method, path+"?"+form.Encode(), nil); method != "GET" && a.Status != http.StatusMethodNotAllowed || strings.Contains(a.Header.Get("Access-Control-Allow-Origin"), "*") {
			t.Errorf("%s: %d", method, a.Status)
		}
	}
	if r, err := w.Store.Get(t.Context(), plan.ID, hub.KindDecision, decision); err != nil || r.Rev != 1 {
		t.Errorf("%d %v", r.Rev, err)
	}
	t.Log("a link from elsewhere brings no cookie, and is sent again from here")
	from := w.visitor()
	from.Header.Set("Sec-Fetch-Site", "cross-site")
	if a := from.get("/plans/x"); a.Status != http.StatusOK || !strings.Contains(a.Text, `http-equiv="refresh" content="0; url=/plans/x"`) {
		t.Errorf("%d %s", a.Status, a.Text)
	}
	if a := from.get("/plans/%22%3E%3Cscript%3E;url=//evil.example?%3b%20url=//evil.example"); strings.Contains(a.Text, "<script>") || strings.Contains(a.Text, `url=//evil`) && !strings.Contains(a.Text, `url=/plans/`) {
		t.Errorf("%s", a.Text)
	}
}

func TestSecureCookie(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db")
	s := &board.Server{Store: w.Store, Log: hclog.NewNullLogger(), Gate: openGate{}, Secure: true}
	h := s.Handler()
	r := httptest.NewRequest("POST", "https://hub.example.org/login", strings.NewReader(url.Values{"token": {w.token(hub.Token{Name: "ada", Role: hub.Reader})}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	out := httptest.NewRecorder()
	h.ServeHTTP(out, r)
	cookie := out.Header().Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-wpctl-board=") || !strings.Contains(cookie, "; Secure") {
		t.Error(cookie)
	}
}

type openGate struct{}

func (openGate) Take(string) error { return nil }
func (openGate) Stream(ctx context.Context, _ string) (context.Context, func(), error) {
	return ctx, func() {}, nil
}

// closedGate lets nothing through.
type closedGate struct{ openGate }

func (closedGate) Take(string) error { return hub.Refuse(hub.CodeTooMany, "slow down") }

func TestTooMany(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db")
	s := &board.Server{Store: w.Store, Log: hclog.NewNullLogger(), Gate: closedGate{}}
	out := httptest.NewRecorder()
	s.Handler().ServeHTTP(out, httptest.NewRequest("GET", "/", nil))
	if out.Code != http.StatusTooManyRequests || out.Header().Get("Retry-After") == "" {
		t.Error(out.Code, out.Header())
	}
}

// paths are all pages of a plan, and those of all plans.
func paths(plan, task, decision string) []string {
	base := "/plans/" + plan
	return []string{
		"/", "/?q=a", "/decisions", "/decisions?state=resolved", "/work", "/search?q=a", "/help", "/login", base, base + "/tasks", base + "/graph", base + "/findings", base + "/history",
		base + "/decisions", base + "/tasks/" + task, base + "/decisions/" + decision, "/nothing",
	}
}

// TestHostileText puts into every field what a page would have to fear.
func TestHostileText(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>'` + "`{{7*7}}" + `javascript:alert(1)//` + "\u202egnp.exe\u2066\u200b\x1b[31m\x07\u0000]]><!--"
		name := strings.ReplaceAll(evil, "\x00", "")
		plan := w.write(name, hub.Verifier, hub.Workstream{
			Repo: "https://git.example.org/a/" + "b?x=\"onload", Plan: evil, Title: evil, Status: "active", Domain: evil, Owner: evil, Priority: "high",
			Path: `javascript:alert(1)/"><script>`, Ref: evil, Labels: []string{evil},
		})
		var tasks []string
		for range 2 {
			tasks = append(tasks, plan.task(hub.Task{Key: evil + string(rune('A'+len(tasks))), Title: evil, Status: "done", Assignee: evil, Needs: []string{evil, evil + "A"}, Labels: []string{evil}, Steps: evil}))
		}
		decision := plan.decision(hub.Decision{Key: evil, Question: evil, Options: map[string]string{evil: evil, "b": evil}, Recommendation: evil})
		plan.add(hub.KindVerdict, hub.Verdict{Task: tasks[0], Outcome: "failed", ObservedAt: w.Store.Now(), Steps: evil, Commit: evil, Run: evil, Cluster: evil, Findings: evil})
		plan.add(hub.KindEvent, hub.Event{Task: tasks[0], Type: "progress", Text: evil})
		if _, _, err := w.Store.CreateToken(t.Context(), hub.Token{Name: name, Role: hub.Human}); err != nil { // else nobody could read the message
			t.Fatal(err)
		}
		plan.add(hub.KindMessage, hub.Message{Task: tasks[1], To: []string{name}, Text: evil})
		plan.flush()
		plan.claim(tasks[1], time.Hour)
		v := w.as("ada", hub.Human)
		for _, path := range append(paths(plan.ID, tasks[0], decision), "/search?q="+url.QueryEscape(evil), "/?q="+url.QueryEscape(evil), "/plans/"+plan.ID+"/tasks?q="+url.QueryEscape(evil)+"&state="+url.QueryEscape(evil), "/login?next="+url.QueryEscape("/"+evil)) {
			harmless(t, path, v.get(path))
		}
		for _, path := range []string{"/plans/%00", "/plans/" + plan.ID + "/tasks/%00", "/plans/" + plan.ID + "/decisions/%00%ff", "/live?plan=%00&since=0", "/%00"} {
			if a := v.get(path); a.Status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.Status)
			}
		}
		for _, path := range []string{"/?q=%00%ff", "/?state=%00", "/?page=%00", "/search?q=%00a%ff", "/decisions?state=%00", "/plans/" + plan.ID + "/history?before=%00"} {
			v.see(path)
		}
		if a := v.post("/login", url.Values{"token": {"wph_aaaaaaaaaaaaaaa\x00_" + strings.Repeat("a", 52)}}); a.Status != http.StatusUnauthorized {
			t.Errorf("%d", a.Status)
		}
		t.Log("and it can be decided")
		at := "/plans/" + plan.ID + "/decisions/" + decision
		form := fields(t, v.see(at).Text)
		form.Set("choice", "0")
		form.Set("note", evil)
		if a := v.post(at, form); a.Status != http.StatusSeeOther && !strings.Contains(a.Text, "resolved") {
			t.Errorf("%d %s", a.Status, a.Text)
		}
		harmless(t, at, v.see(at, "resolved"))
		r, err := w.Store.Get(t.Context(), plan.ID, hub.KindDecision, decision)
		if err != nil || !strings.Contains(string(r.Body), `"status":"resolved"`) {
			t.Errorf("%s %v", r.Body, err)
		}
	})
}

// harmless reads a page as a browser does, and looks for what it must not have.
func harmless(t *testing.T, path string, a page) {
	t.Helper()
	h := a.Header
	if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'; style-src 'self'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") ||
		!strings.Contains(h.Get("Content-Security-Policy"), "frame-ancestors 'none'") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %v", path, h)
	}
	for _, r := range a.Text {
		if r == '\u202e' || r == '\u2066' || r == '\u200b' || r < ' ' && r != '\n' && r != '\t' {
			t.Errorf("%s has %U", path, r)
			break
		}
	}
	if h.Get("Location") != "" {
		return
	}
	doc, err := html.Parse(strings.NewReader(a.Text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		text := n.FirstChild != nil
		switch n.Data {
		case "script":
			if src := attr(n, "src"); !strings.HasPrefix(src, "/static/") || text {
				t.Errorf("%s: a script %q", path, src)
			}
		case "style", "iframe", "object", "embed", "base", "img":
			t.Errorf("%s: <%s>", path, n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "srcdoc", strings.HasPrefix(a.Key, "hx-on"):
				t.Errorf("%s: %s=%q", path, a.Key, a.Val)
			case a.Key == "href" || a.Key == "src" || a.Key == "action" || a.Key == "hx-get" || a.Key == "hx-post":
				if !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") && !strings.HasPrefix(a.Val, "https://git.example.org/") || strings.HasPrefix(a.Val, "//") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
		}
	}
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestLive tells of a change, and ends with the session.
func TestLive(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		plan, tasks, _ := w.harbour()
		v := w.as("ada", hub.Reader)
		for _, path := range []string{"/live?since=", "/live?plan=" + plan.ID + "&since="} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			r := must(http.NewRequestWithContext(ctx, "GET", w.Base+path+"0", nil))
			res := must(v.http.Do(r))
			if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
				t.Fatal(res.Status)
			}
			lines := make(chan string, 100)
			go func() {
				defer close(lines)
				for s := bufio.NewScanner(res.Body); s.Scan(); {
					if strings.HasPrefix(s.Text(), "id: ") {
						lines <- s.Text()
					}
				}
			}()
			first, ok := <-lines // what changed before
			if !ok {
				t.Fatal("no change was told")
			}
			plan.update(hub.KindTask, tasks[0], map[string]any{"title": "Told by " + path})
			if second, ok := <-lines; !ok || second == first {
				t.Errorf("%s, then %s", first, second)
			}
			if path == "/live?since=" {
				cancel()
				res.Body.Close()
				continue
			}
			v.post("/logout", url.Values{})
			plan.update(hub.KindTask, tasks[0], map[string]any{"title": "Said after the end"})
			for line := range lines {
				t.Errorf("after the end: %s", line)
			}
			cancel()
			res.Body.Close()
		}
		// A number that the hub never gave, or gave before a restore, is told of the right one.
		v = w.as("eve", hub.Reader)
		for _, path := range []string{"/live?since=", "/live?plan=" + plan.ID + "&since="} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			res := must(v.http.Do(must(http.NewRequestWithContext(ctx, "GET", w.Base+path+"9000000000000000000", nil))))
			told := ""
			for s := bufio.NewScanner(res.Body); len(told) < 1000 && !strings.Contains(told, "event: change") && s.Scan(); {
				told += s.Text() + "\n"
			}
			cancel()
			res.Body.Close()
			if !strings.HasSuffix(told, "event: change\n") {
				t.Errorf("%s: %.200q", path, told)
			}
		}
		v = w.visitor()
		if a := v.get("/live?since=0"); a.Status != http.StatusNoContent {
			t.Errorf("%d", a.Status)
		}
		if a := w.as("ada", hub.Reader).get("/live?since=x"); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", a.Status)
		}
	})
}

func TestStatic(t *testing.T) {
	w := newWorld(t, t.TempDir()+"/hub.db")
	v := w.visitor()
	a := v.get("/login")
	for _, name := range []string{"board.css", "board.js", "htmx.min.js", "icon.svg"} {
		address := regexp.MustCompile(`/static/[0-9a-f]{16}/` + regexp.QuoteMeta(name)).FindString(a.Text)
		if b := v.get(address); address == "" || b.Status != http.StatusOK || !strings.Contains(b.Header.Get("Cache-Control"), "immutable") || len(b.Text) < 200 {
			t.Errorf("%s: %q %d", name, address, b.Status)
		}
	}
	for _, path := range []string{"/static/0000000000000000/board.css", "/static/x/..%2f..%2fboard.go", "/static/", "/static/../board.css", "/static/x/static"} {
		if b := v.get(path); b.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, b.Status)
		}
	}
}
