package report

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

var start = time.Date(2026, 5, 19, 14, 0, 0, 0, time.UTC)

// sample is a verification in which every verdict occurs. Each text that comes from outside ends in with.
func sample(with string) app.VerifyResult {
	file := "workplans/shop.md"
	plan := &workplan.Plan{File: text.NewFile(file, nil), ID: workplan.Value{Text: "SHOP-WP-0001"}, Title: workplan.Value{Text: "Bring the shop to the cluster" + with}}
	res := app.VerifyResult{RunResult: app.RunResult{ID: "20260519T140000.000000Z-0123abcd", Exit: 1}}
	line := 10
	add := func(short, title string, was workplan.Status, v app.Verdict, steps ...*runner.StepReport) *app.Claim {
		line += 10
		t := &runner.TaskReport{
			ID: "SHOP-WP-0001-" + short, Short: short, Title: title + with, Was: was, Selected: true,
			Pos: text.Pos{File: file, Line: line, Col: 1}, End: text.Pos{File: file, Line: line + 4, Col: 3}, Started: start, Ended: start.Add(2 * time.Second), Steps: steps,
		}
		t.Outcome = map[app.Verdict]check.Outcome{
			app.Broken: check.Failed, app.Unclear: check.Unknown, app.Unsigned: check.Awaiting, app.NotChecked: check.Unverified,
			app.Unproven: check.Unverified, app.Holds: check.Passed, app.CouldBeDone: check.Passed, app.Open: check.Failed,
		}[v]
		for i, s := range steps {
			s.Pos, s.End = text.Pos{File: file, Line: line + 6 + i, Col: 3}, text.Pos{File: file, Line: line + 7 + i, Col: 1}
		}
		c := &app.Claim{Task: t, Plan: plan, Made: was == workplan.Done, Verdict: v}
		res.Claims = append(res.Claims, c)
		return c
	}
	step := func(name, kind string, o check.Outcome, want, saw string, why ...string) *runner.StepReport {
		for i := range why {
			why[i] += with
		}
		return &runner.StepReport{Name: name + with, Kind: kind, Digest: "1f3a9c", Outcome: o, Want: want + with, Saw: saw + with, Why: why, Started: start, Ended: start.Add(1200 * time.Millisecond)}
	}
	add("T01", "Take stock of what is there", workplan.Done, app.Holds, step("Traefik is ready", "k8s", check.Passed, "", "ready")).Stale = true
	add("T02", "Container image", workplan.Done, app.Broken,
		step("the tag exists", "image", check.Passed, "", "there"),
		step("the image can be pulled", "image", check.Failed, "an anonymous pull of registry.example.org/shop/web", "401 Unauthorized", "the package's visibility is private"),
		step("the log is quiet", "logs", check.Failed, "no errors", "12 lines match ERROR"))
	add("T03", "Helm release", workplan.Done, app.Unclear, step("it is deployed", "k8s", check.Unknown, "", "forbidden")).Under = "SHOP-WP-0001-T02"
	add("T04", "First migration", workplan.Done, app.Unsigned, step("the operator can log in", "manual", check.Awaiting, "", "waiting for a sign-off"))
	policy := step("make dry-run", "sh", check.Skipped, "", "it runs code, which verify does only where you granted it")
	policy.Policy = true
	add("T05", "Build", workplan.Done, app.NotChecked, policy)
	add("T06", "Tell the owners", workplan.Done, app.Unproven).Why = "no verify steps" + with
	add("T07", "Publish", workplan.InProgress, app.CouldBeDone, step("it answers", "http", check.Passed, "", "200"))
	add("T08", "Later", workplan.Todo, app.Open, step("it is there", "file", check.Failed, "a file", "nothing"))
	c := add("T09", "DNS", workplan.Done, app.Holds, step("the name resolves", "dns", check.Passed, "", "192.0.2.1"))
	c.Suspect, c.Claimed = []string{"SHOP-WP-0001-T02"}, []string{"the owner agrees" + with}
	res.Report = runner.Report{Started: start, Ended: start.Add(12 * time.Second)}
	tasks := runner.PlanReport{Plan: plan}
	for _, c := range res.Claims {
		tasks.Tasks = append(tasks.Tasks, c.Task)
	}
	res.Report.Plans = []runner.PlanReport{tasks}
	return res
}

// mistakes are an error, a warning and a suggestion. Each text ends in with.
func mistakes(with string) diag.List {
	at := text.Pos{File: "workplans/shop.md", Line: 42, Col: 11}
	return diag.List{
		{Pos: at, Severity: diag.Error, Code: "unknown-kind", Message: `no kind of step "htpp"` + with, Hint: `did you mean "http"?` + with},
		{Pos: at, Severity: diag.Error, Code: "unknown-kind", Message: `no kind of step "tpc"` + with},
		{Pos: text.Pos{File: "workplans/shop.md"}, Severity: diag.Warning, Code: "grant-ignored", Message: `"sh" is not granted by you` + with},
		{Pos: at, Severity: diag.Suggestion, Code: "needs", Message: "it rests on T01" + with},
	}
}

var site = Site{Dir: "/src/shop", Root: "/src/shop"}

// formats are all formats, each by its name.
var formats = map[string]func(Run) ([]byte, error){
	"junit.xml":       JUnit,
	"sarif.json":      SARIF,
	"github.txt":      func(r Run) ([]byte, error) { return GitHub(r), nil },
	"markdown.md":     func(r Run) ([]byte, error) { return Markdown(r), nil },
	"tap.txt":         func(r Run) ([]byte, error) { return TAP(r), nil },
	"prometheus.prom": func(r Run) ([]byte, error) { return Prometheus(r), nil },
}

func TestFormats(t *testing.T) {
	res := sample("")
	wrong := OfMistakes("verify", "1.2.3", mistakes(""), 2, site)
	wrong.Started, wrong.Ended = start, start
	for prefix, r := range map[string]Run{"verify.": OfVerify(res, "1.2.3", site), "run.": OfRun(res.RunResult, "1.2.3", site), "mistakes.": wrong} {
		for name, f := range formats {
			got, err := f(r)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, prefix+name, string(got))
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}

func TestPlacesAreThoseOfTheRepository(t *testing.T) {
	for _, tt := range []struct{ file, dir, want string }{
		{"workplans/a.md", "/src/shop", "workplans/a.md"},
		{"a.md", "/src/shop/workplans", "workplans/a.md"},
		{"/src/shop/workplans/a.md", "/src/shop/docs", "workplans/a.md"},
		{"/else/a.md", "/src/shop", "/else/a.md"},
	} {
		got := Site{Dir: tt.dir, Root: "/src/shop"}.place(text.Pos{File: tt.file, Line: 3}, text.Pos{})
		if got != (Place{tt.want, 3, 3}) {
			t.Errorf("%s in %s: %v", tt.file, tt.dir, got)
		}
	}
}

// A certificate that expired makes many steps fail; the summary tells it once.
func TestMarkdownTellsAReasonOnce(t *testing.T) {
	step := func(name, fault string) Step {
		return Step{Name: name, Outcome: check.Failed, Want: "the certificate is valid", Saw: "the certificate expired", Fault: fault}
	}
	r := Run{Sections: []Section{
		{ID: "T01", Word: "no longer holds", Level: Error, Steps: []Step{step("the chain verifies", "web.example:443: expired"), step("another one does", "api.example:443: expired")}},
		{ID: "T02", Word: "no longer holds", Level: Error, Under: "T01", Steps: []Step{step("the page answers", "web.example:443: expired"), step("a file", "")}},
	}}
	got := string(Markdown(r))
	if told := strings.Count(got, "saw the certificate expired"); told != 3 || !strings.Contains(got, "failed `the page answers`: for the same reason\n") {
		t.Errorf("it is told %d times in\n%s", told, got)
	}
}
