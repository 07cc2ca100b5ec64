package board_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func TestPages(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		v := w.as("ada", hub.Human)
		v.see("/", "No plans yet", "ada", "human")
		plan, tasks, decision := w.harbour()
		base := "/plans/" + plan.ID

		a := v.see("/", "HARBOUR-WP-0001", "The registry moves to the new cluster", "active", "20 %", "1 of 5 tasks verified", "1 decision pending", "20 min")
		if strings.Count(a.Text, "<tr id=") != 1 {
			t.Errorf("%s", a.Text)
		}
		v.see(base, "Which certificate authority", "agent-7", "in 60 min", "a certificate for *.old.example.org", "<svg", "looked at", "workplans/HARBOUR-WP-0001.md",
			`href="https://git.example.org/team/harbour/src/branch/main/workplans/HARBOUR-WP-0001.md"`, "only claimed")
		v.see(base+"/tasks", "T01", "T05", "verified")
		v.see(base+"/tasks?state=failed", "T04")
		if a := v.see(base + "/tasks?state=failed"); strings.Contains(a.Text, "Backups reach") {
			t.Error("the filter lets others through")
		}
		if a := v.see(base+"/tasks?q=BACK+read", "Backups reach"); strings.Contains(a.Text, "namespace stands") {
			t.Error("the search lets others through")
		}
		v.see(base+"/tasks?q=zzz", "No task is like this")
		v.see(base+"/graph", `href="/plans/`+plan.ID+"/tasks/"+tasks[0]+`"`, "critical path: 3 open in a row")
		v.see(base+"/findings", "wanted: a chain that verifies", "r-18")
		v.see(base+"/history", "40 of 112 GB", "please hold back restarts", "says to everybody", "claimed", "asks")
		v.see(base+"/decisions", "Which certificate authority")
		v.see(base+"/tasks/"+tasks[3], "Newest look", "workplans/HARBOUR-WP-0001.md:110", "#L110", "PostgreSQL runs", "Old images are copied", "pending")
		v.see(base+"/decisions/"+decision, "recommended", "Resolve")
		v.see("/decisions", "HARBOUR-WP-0001-D1")
		v.see("/work", "agent-7", "Backups reach")
		v.see("/search?q=registry", "HARBOUR-WP-0001-T04", "Which certificate")
		v.see("/search?q=harbour-wp-0001-t03", "Backups reach")
		v.see("/search?q=%2D%2D", "Nothing was found")
		v.see("/help", "only claimed")

		w.skew.Add(int64(2 * time.Hour))
		if a := v.see("/work"); !strings.Contains(a.Text, "Nobody has claimed a task") {
			t.Errorf("a claim that is over is shown")
		}
	})
}

// TestVerified: a task counts as verified while it is done and the newest look at the steps that it has now passed.
func TestVerified(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		v := w.as("ada", hub.Reader)
		plan := w.write("ci", hub.Verifier, hub.Workstream{Repo: "web", Plan: "P-1"})
		task := plan.task(hub.Task{Key: "P-1-T01", Status: "todo", Steps: "one"})
		want := func(n, text string) {
			t.Helper()
			plan.flush()
			v.see("/", n+" of 1 task verified")
			v.see("/plans/"+plan.ID+"/tasks", text)
		}
		look := func(outcome, steps string, ago time.Duration) {
			plan.add(hub.KindVerdict, hub.Verdict{Task: task, Outcome: outcome, Steps: steps, ObservedAt: w.Store.Now().Add(-ago)})
		}
		look("passed", "one", time.Hour)
		want("0", "passed")
		plan.update(hub.KindTask, task, map[string]any{"status": "done"})
		want("1", "verified")
		look("failed", "one", 2*time.Hour) // an older one that comes late
		want("1", "verified")
		plan.update(hub.KindTask, task, map[string]any{"steps": "two"})
		want("0", "steps changed")
		look("passed", "two", 30*time.Minute)
		want("1", "verified")
		look("failed", "two", -12*time.Hour) // a time to come counts as now
		want("0", "failed")
		look("passed", "two", 0)
		want("1", "verified")
		plan.update(hub.KindTask, task, map[string]any{"status": "cancelled"})
		plan.flush()
		v.see("/", "no tasks")
	})
}

func TestScope(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		plan, tasks, decision := w.harbour()
		other := w.write("ci", hub.Agent, hub.Workstream{Repo: "web", Plan: "WEB-WP-1", Title: "The other registry"})
		other.flush()
		v := w.as("guest", hub.Human, other.ID)
		for _, path := range []string{"/", "/decisions", "/work", "/search?q=registry"} {
			if a := v.see(path); strings.Contains(a.Text, "HARBOUR") || strings.Contains(a.Text, "agent-7") {
				t.Errorf("%s shows a plan that the token does not reach", path)
			}
		}
		v.see("/", "The other registry", `all <span class="number">1</span>`)
		base := "/plans/" + plan.ID
		for _, path := range []string{
			base, base + "/tasks", base + "/graph", base + "/findings", base + "/history", base + "/decisions", base + "/tasks/" + tasks[0],
			base + "/decisions/" + decision, "/live?plan=" + plan.ID + "&since=0", "/plans/" + other.ID + "/tasks/" + tasks[0], "/plans/" + other.ID + "/decisions/" + decision,
			"/plans/nothing", "/plans/00000000-0000-0000-0000-000000000000", "/nothing", "/plans/" + other.ID + "/../" + plan.ID,
		} {
			if a := v.get(path); a.Status != http.StatusNotFound || strings.Contains(a.Text, "HARBOUR") {
				t.Errorf("%s: %d", path, a.Status)
			}
		}
		if a := v.post(base+"/decisions/"+decision, url.Values{"do": {"resolve"}, "rev": {"1"}, "key": {"board-1"}, "choice": {"0"}}); a.Status != http.StatusNotFound {
			t.Errorf("%d", a.Status)
		}
	})
}

// fields are what the form of a decision sends.
func fields(t *testing.T, text string) url.Values {
	t.Helper()
	out := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(rev|key|do)" value="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		out.Set(m[1], m[2])
	}
	if len(out) != 3 {
		t.Fatalf("no form in %s", text)
	}
	return out
}

func TestDecide(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		plan, _, decision := w.harbour()
		path := "/plans/" + plan.ID + "/decisions/" + decision
		human, asker, agent := w.as("ada", hub.Human), w.as("bot", hub.Human), w.as("agent-7", hub.Agent)

		form := fields(t, human.see(path).Text)
		form.Set("choice", "0")
		form.Set("note", "it is trusted already\r\n<b>")
		t.Log("those who may not are shown no form, and their requests are refused")
		if a := asker.see(path, "Who asked may not answer"); strings.Contains(a.Text, "Resolve") {
			t.Error("a form for who asked")
		}
		if a := agent.see(path, "Only a human resolves decisions; you are here with the role agent"); strings.Contains(a.Text, "Resolve") {
			t.Error("a form for an agent")
		}
		for _, v := range []*visitor{asker, agent, w.as("a", hub.Reader), w.as("b", hub.Verifier), w.as("c", hub.Admin)} {
			if a := v.post(path, form); a.Status != http.StatusForbidden {
				t.Errorf("%d %s", a.Status, a.Text)
			}
		}
		t.Log("mistakes")
		for name, value := range map[string]string{"choice": "2", "rev": "x", "do": "destroy", "key": "a b"} {
			bad := url.Values{}
			for n, v := range form {
				bad[n] = v
			}
			bad.Set(name, value)
			if a := human.post(path, bad); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text, `role="alert"`) {
				t.Errorf("%s: %d %s", name, a.Status, a.Text)
			}
		}
		if a := human.post(path, url.Values{}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", a.Status)
		}
		if a := human.get(path + "?" + form.Encode()); a.Status != http.StatusOK || !strings.Contains(a.Text, "pending") {
			t.Errorf("%d", a.Status)
		}
		t.Log("a decision that changed meanwhile")
		plan.by("bot", hub.Agent).update(hub.KindDecision, decision, map[string]any{"question": "Which one, then?"})
		if a := human.post(path, form); a.Status != http.StatusPreconditionFailed || !strings.Contains(a.Text, "changed this decision meanwhile") || !strings.Contains(a.Text, "it is trusted already") {
			t.Errorf("%d %s", a.Status, a.Text)
		}
		t.Log("resolved, twice with the same click")
		form.Set("rev", "2")
		for range 2 {
			if a := human.post(path, form); a.Status != http.StatusSeeOther || a.Header.Get("Location") != path {
				t.Errorf("%d %s", a.Status, a.Text)
			}
		}
		human.see(path, "resolved by ", "ada", "it is trusted already\n&lt;b&gt;", "chosen: ")
		r, err := w.Store.Get(t.Context(), plan.ID, hub.KindDecision, decision)
		if err != nil || r.Rev != 3 || !strings.Contains(string(r.Body), `"choice":"internal"`) {
			t.Errorf("%s %v", r.Body, err)
		}
		t.Log("and taken back, in place")
		human.Header.Set("HX-Request", "true")
		back := fields(t, human.see(path).Text)
		if back.Get("do") != "reopen" {
			t.Error(back)
		}
		if a := human.post(path, back); a.Status != http.StatusOK || strings.Contains(a.Text, "<html") || !strings.Contains(a.Text, "Resolve") {
			t.Errorf("%d %s", a.Status, a.Text)
		}
		t.Log("without options an answer is written")
		open := plan.by("bot", hub.Agent).decided(hub.Decision{Key: "HARBOUR-WP-0001-D2", Question: "When?"})
		path = "/plans/" + plan.ID + "/decisions/" + open
		form = fields(t, human.see(path).Text)
		if a := human.post(path, form); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("%d", a.Status)
		}
		form.Set("own", "Thursday")
		if a := human.post(path, form); a.Status != http.StatusOK || !strings.Contains(a.Text, "Thursday") {
			t.Errorf("%d %s", a.Status, a.Text)
		}
	})
}

func TestLists(t *testing.T) {
	everywhere(t, func(t *testing.T, w *world) {
		v := w.as("ada", hub.Reader)
		plan := w.large("FLEET-WP-0002", 230)
		base := "/plans/" + plan.ID
		rows := func(path string, want int, texts ...string) page {
			t.Helper()
			a := v.see(path, texts...)
			if n := strings.Count(a.Text, "<tr id="); n != want {
				t.Errorf("%s: %d rows, wanted %d", path, n, want)
			}
			return a
		}
		rows(base+"/tasks", 100, "1–100", `rel="next"`, "T0001", "T0100")
		rows(base+"/tasks?page=3", 30, "201–230", `rel="prev"`, "T0230")
		rows(base+"/tasks?page=99999", 100)
		rows(base+"/tasks?page=4", 0)
		rows(base+"/tasks?state=todo", 57)
		rows(base+"/tasks?q=T0017", 1)
		rows(base+"/tasks?q=cluster+17", 11)
		rows(base+"/tasks?q=fleet&page=2", 100, "101–200")
		v.see(base+"/graph", "critical path")
		v.see(base+"/findings?page=2", "T0")

		a := v.see(base + "/history")
		older := regexp.MustCompile(`rel="next" href="([^"]*)"`)
		seen := strings.Count(a.Text, "<li>")
		for range 100 {
			m := older.FindStringSubmatch(a.Text)
			if m == nil {
				break
			}
			a = v.see(m[1])
			seen += strings.Count(a.Text, "<li>")
		}
		var records int
		for since := int64(0); ; {
			c, err := w.Store.Changes(t.Context(), plan.ID, since, 1000)
			if err != nil {
				t.Fatal(err)
			}
			if records, since = records+len(c.Records), c.Next; !c.More {
				break
			}
		}
		if seen != records {
			t.Errorf("the history has %d entries of %d", seen, records)
		}
		for i := range 60 {
			p := w.write("ci", hub.Agent, hub.Workstream{Repo: "many", Plan: "MANY-" + string(rune('A'+i%26)) + string(rune('A'+i/26)), Status: []string{"active", "finished"}[i%2]})
			p.flush()
		}
		rows("/", 50, "1–50")
		rows("/?page=2", 11)
		rows("/?state=finished", 30)
		rows("/?q=many&state=active", 30)
		if a := v.see("/?sort=name"); strings.Index(a.Text, "FLEET-WP") > strings.Index(a.Text, "MANY-AA") {
			t.Error("not by name")
		}
		rows("/?sort=name&page=2", 11, "MANY-Z")
	})
}
