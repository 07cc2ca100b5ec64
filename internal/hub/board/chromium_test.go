package board_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// browser is a tab of a real Chromium.
type browser struct {
	testing.TB
	ctx context.Context
}

// chromium starts a browser. Where there is none the test is skipped; in CI it fails.
func chromium(t testing.TB) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" && os.Getenv("CI") == "" {
		t.Skip("no chromium on this machine")
	}
	if path == "" {
		t.Fatal("no chromium on this machine")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.UserDataDir(t.TempDir()))
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(all)
	ctx, end := context.WithTimeout(ctx, 10*time.Minute)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); end(); cancel(); stop() })
	b := &browser{TB: t, ctx: ctx}
	b.do(chromedp.EmulateViewport(1280, 900))
	return b
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// value is what a script says.
func value[T any](b *browser, script string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.Fatalf("%s: %v", script, err)
	}
	return v
}

// until waits for a script to say true.
func (b *browser) until(script string) {
	b.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](script)); ok && err == nil { // between two pages there is none
			return
		}
		if time.Now().After(end) {
			b.shot("failed")
			var parts []string
			for _, part := range strings.Split(script, " && ") {
				parts = append(parts, fmt.Sprintf("%s is %v", part, value[any](b, part)))
			}
			b.Fatalf("never: %s", strings.Join(parts, "\n"))
		}
	}
}

// at waits until the page of a path is there, with its scripts.
func (b *browser) at(path string) {
	b.Helper()
	b.until(fmt.Sprintf("location.pathname === %q && document.readyState === 'complete'", path))
}

// shot takes a picture of the page, where a folder for them is named.
func (b *browser) shot(name string) {
	b.Helper()
	dir := os.Getenv("WPCTL_BOARD_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) scheme(name string) {
	b.Helper()
	p := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}}
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) login(w *world, name string, role hub.Role) {
	b.Helper()
	b.do(chromedp.Navigate(w.Base+"/login"), chromedp.SendKeys("#token", w.token(hub.Token{Name: name, Role: role})), chromedp.Click("button.primary"))
	b.until(`document.querySelector("header.top") !== null`)
}

// troubles gathers what the browser complains of: what the page's policy forbids, scripts that fail, files that are not there.
func (b *browser) troubles() func() []string {
	b.Helper()
	var mu sync.Mutex
	var list []string
	err := chromedp.Listen(b.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := ev.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.EntryLevelError {
				list = append(list, e.Entry.Text+" "+e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			list = append(list, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		out := list
		list = nil
		return out
	}
}

// axe looks for what people with a screen reader, a keyboard or weak eyes would stumble over.
func (b *browser) axe() []string {
	b.Helper()
	source, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](string(source)+";true"))
		return err
	}))
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]})
		.then((r) => r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.target + ": " + n.failureSummary + n.html.slice(0, 300))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatal(err)
	}
	return found
}

// accessible holds the page against what axe knows.
func (b *browser) accessible(name string) {
	b.Helper()
	for _, f := range b.axe() {
		b.Errorf("%s: %s", name, f)
	}
}

// TestLooks shows all pages in light and dark, wide and narrow: axe finds nothing, nothing is wider than the window,
// and the browser has nothing to complain of.
func TestLooks(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "hub.db"))
	w.others()
	plan, tasks, decision := w.harbour()
	large := w.large("FLEET-WP-0002", 200)
	b := chromium(t)
	troubles := b.troubles()
	b.do(chromedp.EmulateViewport(1280, 520))
	b.login(w, "ada", hub.Human)
	b.shot("team")
	long := w.write("ci", hub.Agent, hub.Workstream{Repo: "web", Plan: "L" + strings.Repeat("ONG", 60), Title: strings.Repeat("endless", 100), Status: "blocked"})
	long.task(hub.Task{Key: strings.Repeat("K", 180), Title: strings.Repeat("w", 900)})
	long.flush()
	t.Log("the checks see what is wrong")
	value[bool](b, `document.querySelector("h1").insertAdjacentHTML("afterend", '<img src="/nothing"><p id="pale" style="color:red">pale</p>') === undefined && (document.querySelector("#pale").style.color = "#ccc") !== ""`)
	if found := strings.Join(b.axe(), "\n"); !strings.Contains(found, "image-alt") || !strings.Contains(found, "color-contrast") {
		t.Errorf("axe saw %q", found)
	}
	b.until(`document.querySelector("img").complete`)
	if seen := strings.Join(troubles(), "\n"); !strings.Contains(seen, "Content Security Policy") || !strings.Contains(seen, "404") {
		t.Errorf("the browser saw %q", seen)
	}
	base := "/plans/" + plan.ID
	for _, look := range []struct {
		name, scheme  string
		width, height int64
	}{{"wide-light", "light", 1280, 1000}, {"narrow-dark", "dark", 360, 780}, {"wide-dark", "dark", 1280, 1000}, {"narrow-light", "light", 360, 780}} {
		b.do(chromedp.EmulateViewport(look.width, look.height))
		b.scheme(look.scheme)
		for name, path := range map[string]string{
			"plans": "/", "plan": base, "task": base + "/tasks/" + tasks[3], "decision": base + "/decisions/" + decision, "tasks": "/plans/" + large.ID + "/tasks",
			"graph": base + "/graph", "large-graph": "/plans/" + large.ID + "/graph", "history": base + "/history", "findings": "/plans/" + large.ID + "/findings",
			"work": "/work", "search": "/search?q=registry", "help": "/help", "decisions": "/decisions", "long": "/plans/" + long.ID, "nothing": "/nothing", "login": "/login",
		} {
			b.do(chromedp.Navigate(w.Base + path))
			b.shot(name + "-" + look.name)
			if n := value[int](b, `document.documentElement.scrollWidth - innerWidth`); n > 0 {
				t.Errorf("%s %s is %d pixels wider than the window", name, look.name, n)
			}
			b.accessible(name + " " + look.name)
			for _, trouble := range troubles() {
				if !strings.Contains(trouble, "404") {
					t.Errorf("%s %s: %s", name, look.name, trouble)
				}
			}
		}
	}
}

// stays marks the page, so that a test can tell that it was not loaded again.
func (b *browser) stays() {
	b.Helper()
	value[bool](b, `window.stayed = true`)
}

// press sends keys to whatever has the focus.
func (b *browser) press(keys string) {
	b.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// TestClicks goes through the board as people do, with the mouse and with the keyboard, while others work.
func TestClicks(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "hub.db"))
	plan, tasks, decision := w.harbour()
	w.large("FLEET-WP-0002", 120)
	b := chromium(t)
	troubles := b.troubles()

	t.Log("a wrong token, and a good one")
	b.do(chromedp.Navigate(w.Base+"/decisions"), chromedp.SendKeys("#token", "wrong"), chromedp.Click("button.primary"))
	b.until(`document.querySelector("[role=alert]")?.textContent.includes("unknown") ?? false`)
	troubles() // the browser notes the 401
	b.do(chromedp.SendKeys("#token", w.token(hub.Token{Name: "ada", Role: hub.Human})), chromedp.Click("button.primary"))
	b.until(`location.pathname === "/decisions" && document.querySelector(".decision") !== null`)

	t.Log("keys")
	b.do(chromedp.Navigate(w.Base + "/"))
	b.press("?")
	b.until(`document.querySelector("#shortcuts").open`)
	b.accessible("keys")
	b.press(kb.Escape)
	b.until(`!document.querySelector("#shortcuts").open`)
	b.press("j")
	b.press("j")
	b.press("k")
	b.press("j")
	b.until(`document.activeElement.textContent.includes("HARBOUR-WP-0001")`)
	b.shot("focus")
	b.press(kb.Enter)
	b.at("/plans/" + plan.ID)
	b.press("u")
	b.at("/")
	b.press("g")
	b.press("w")
	b.at("/work")
	b.press("g")
	b.press("p")
	b.at("/")
	b.stays()
	b.press("/")
	b.press("registry moves")
	b.until(`document.querySelectorAll("tbody tr").length === 1 && location.search.includes("registry")`)
	b.press(kb.Escape)
	b.press("j")
	b.until(`document.activeElement.textContent.includes("HARBOUR-WP-0001") && window.stayed`)

	t.Log("live, without loading the page again")
	b.do(chromedp.Click("tbody a.main"))
	b.at("/plans/" + plan.ID)
	b.stays()
	row := `document.querySelector("#row-` + tasks[4] + ` .c-state")?.textContent.trim()`
	b.until(row + ` === "to do"`)
	plan.update(hub.KindTask, tasks[4], map[string]any{"status": "blocked"})
	b.until(row + ` === "blocked" && window.stayed`)
	plan.by("agent-9", hub.Agent).claim(tasks[4], time.Hour)
	b.until(`document.querySelector("table.work").textContent.includes("agent-9") && window.stayed`)

	t.Log("a decision, in its place; what is half written outlives what others do")
	b.do(chromedp.Click("#decision-" + decision + " .option:nth-of-type(2) input"))
	b.do(chromedp.SendKeys("#note-"+decision, "by ACME, as the"))
	plan.update(hub.KindTask, tasks[4], map[string]any{"status": "in_progress"})
	b.until(row + ` === "in progress"`)
	b.until(`document.querySelector("#note-` + decision + `").value === "by ACME, as the" && document.querySelector("#decision-` + decision + ` input[type=radio][value='1']").checked && window.stayed`)
	b.until(`document.activeElement.id === "note-` + decision + `"`)
	b.press(" others are")
	b.shot("half-written")
	b.do(chromedp.Click("#decision-" + decision + " button.primary"))
	b.until(`!document.querySelector("#decision-` + decision + ` form.resolve") && window.stayed`)
	r, err := w.Store.Get(t.Context(), plan.ID, hub.KindDecision, decision)
	if err != nil || !strings.Contains(string(r.Body), `"choice":"public"`) || !strings.Contains(string(r.Body), `"note":"by ACME, as the others are"`) || !strings.Contains(string(r.Body), `"resolved_by":"ada"`) {
		t.Errorf("%s %v", r.Body, err)
	}

	t.Log("a decision that somebody else resolves meanwhile")
	other := plan.by("bot", hub.Agent).decided(hub.Decision{Key: "HARBOUR-WP-0001-D2", Question: "When does the name change?", Options: map[string]string{"now": "", "later": ""}})
	b.do(chromedp.Navigate(w.Base + "/plans/" + plan.ID + "/decisions/" + other))
	b.stays()
	b.do(chromedp.Click("#decision-" + other + " .option input"))
	plan.by("grace", hub.Human).update(hub.KindDecision, other, map[string]any{"status": "resolved", "choice": "now"})
	b.until(`document.querySelector("#decision-` + other + `").textContent.includes("grace") && !document.querySelector("form.resolve") && window.stayed`)

	t.Log("a box of the graph leads to its task")
	b.do(chromedp.Navigate(w.Base + "/plans/" + plan.ID + "/graph"))
	b.until(`document.querySelector(".picture a") !== null`)
	b.do(chromedp.Click(`.picture a[href$="` + tasks[2] + `"] text`))
	b.until(`location.pathname.endsWith("` + tasks[2] + `") && document.body.textContent.includes("40 of 112 GB")`)

	t.Log("a link from another site finds the session")
	elsewhere := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/html")
		_, _ = rw.Write([]byte(`<a id="go" href="` + w.Base + "/plans/" + plan.ID + `/tasks?state=done">go</a>`))
	}))
	defer elsewhere.Close()
	b.do(chromedp.Navigate(strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)), chromedp.Click("#go"))
	b.until(`location.pathname === "/plans/` + plan.ID + `/tasks" && document.querySelectorAll("tbody tr").length === 2`)

	t.Log("logged out elsewhere, the page leads to the form")
	b.do(chromedp.Navigate(w.Base + "/"))
	b.until(`document.querySelector("table.plans") !== null`)
	for _, trouble := range troubles() {
		if !strings.Contains(trouble, "favicon") {
			t.Error(trouble)
		}
	}
	b.do(chromedp.Click(".me button"))
	b.at("/login")
	b.do(chromedp.Navigate(w.Base + "/plans/" + plan.ID))
	b.until(`location.pathname === "/login" && location.search.includes("next=")`)
}

// TestWithoutJavaScript reads, searches and decides in a browser that runs no scripts.
func TestWithoutJavaScript(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "hub.db"))
	plan, _, decision := w.harbour()
	w.large("FLEET-WP-0002", 120)
	b := chromium(t)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	has := func(texts ...string) {
		t.Helper()
		var body string
		var err error
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(50 * time.Millisecond) { // the page may be on its way
			body, err = chromedp.Run(b.ctx, chromedp.OuterHTML("body"))
			if err == nil && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(body, text) }) {
				return
			}
		}
		t.Fatalf("%v: not all of %q in %s", err, texts, body)
	}
	b.do(chromedp.Navigate(w.Base+"/"), chromedp.SendKeys("#token", w.token(hub.Token{Name: "ada", Role: hub.Human})), chromedp.Click("button.primary"), chromedp.Query("table.plans"))
	has("HARBOUR-WP-0001", "20 %")
	b.do(chromedp.SendKeys("#narrow", "fleet"), chromedp.Click(".narrow button"), chromedp.Query("table.plans tr:only-child"))
	has("FLEET-WP-0002")
	b.do(chromedp.Click("table.plans tbody a.main"), chromedp.Query("table.tasks"))
	has("T0001", "All clusters of the fleet", "1–100")
	b.do(chromedp.Click("a[rel=next]"), chromedp.Query("a[rel=prev]"))
	has("T0120")
	b.do(chromedp.Navigate(w.Base+"/plans/"+plan.ID+"/decisions/"+decision), chromedp.Click(".option input"), chromedp.SendKeys("textarea", "no script"), chromedp.Click("button.primary"), chromedp.Query("li.chosen"))
	has("resolved by ", "no script")
	b.shot("no-script")
}

// TestManyTasks shows a plan of 5,000 tasks among 1,000 plans: no page grows with them.
func TestManyTasks(t *testing.T) {
	w := newWorld(t, filepath.Join(t.TempDir(), "hub.db"))
	large := w.large("FLEET-WP-0002", 5000)
	for i := range 1000 {
		plan := w.write("ci", hub.Agent, hub.Workstream{Repo: "many", Plan: fmt.Sprintf("MANY-WP-%04d", i), Title: "One of many", Status: "active"})
		plan.task(hub.Task{Key: fmt.Sprintf("MANY-WP-%04d-T01", i), Title: "The only one", Status: "done"})
		plan.flush()
	}
	v := w.as("ada", hub.Reader)
	b := chromium(t)
	b.login(w, "ada", hub.Human)
	for _, tt := range []struct {
		path string
		most int // bytes
	}{
		{"/", 120_000},
		{"/?page=20", 120_000},
		{"/?q=many+wp+099", 40_000},
		{"/plans/" + large.ID, 200_000},
		{"/plans/" + large.ID + "/tasks?page=50", 160_000},
		{"/plans/" + large.ID + "/tasks?q=cluster+4999", 20_000},
		{"/plans/" + large.ID + "/findings", 120_000},
		{"/plans/" + large.ID + "/history", 60_000},
		{"/plans/" + large.ID + "/graph", 500_000},
		{"/search?q=cluster", 120_000},
		{"/search?q=wp+0999", 60_000},
	} {
		var a page
		took := time.Hour
		for range 3 {
			begin := time.Now()
			a = v.see(tt.path)
			took = min(took, time.Since(begin))
		}
		if len(a.Text) > tt.most {
			t.Errorf("%s has %d bytes", tt.path, len(a.Text))
		}
		b.do(chromedp.Navigate(w.Base + tt.path))
		b.until(`performance.getEntriesByName("first-contentful-paint").length === 1`)
		t.Logf("%-55s %7d bytes, answered in %5.1f ms, painted after %4.0f ms, %d elements", strings.Replace(tt.path, large.ID, "ID", 1), len(a.Text), float64(took.Microseconds())/1000,
			value[float64](b, `performance.getEntriesByName("first-contentful-paint")[0].startTime`), value[int](b, `document.querySelectorAll("*").length`))
	}
	b.shot("many")
}
