package workspace

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// plan is the text of a plan; each task is "T01 done needs A-T02,D-01".
func planText(id, status string, tasks ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "---\nid: %s\ntype: workplan\ntitle: About %s\nstatus: %s\nowner: ops\n---\n", id, id, status)
	for _, t := range tasks {
		f := strings.Fields(t)
		fmt.Fprintf(&b, "\n## %s — Task %s\n\n```task\nid: %s\nstatus: %s\n", f[0], f[0], f[0], f[1])
		if len(f) > 3 {
			fmt.Fprintf(&b, "needs: [%s]\n", f[3])
		} else if len(f) == 3 {
			b.WriteString("needs: []\n")
		}
		b.WriteString("```\n")
	}
	return b.String()
}

func loader(index string) Loader {
	return Loader{
		Read:   disk.Files{}.ReadInto,
		Digest: func(p *workplan.Plan, s ...*workplan.Step) string { return p.Digest(s) },
		Index:  index,
		Key:    "test",
	}
}

// load returns the workspace of all files below dir.
func load(t testing.TB, dir, index string) *Workspace {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	var files []File
	for _, n := range names {
		files = append(files, File{Name: filepath.Base(n), Path: n})
	}
	plans, errs := loader(index).Load(t.Context(), files)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return New(plans, Options{})
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStand tells how tasks stand, one line for each.
func TestStand(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A", "active",
		"T01 done needs", "T02 todo", "T03 todo", "T04 in_progress needs T01", "T05 todo needs T02", "T06 blocked needs T01",
		"T07 todo needs B-T01", "T08 todo needs C-WP-1", "T09 todo needs X-T01", "T10 cancelled needs", "T11 todo needs T10", "T12 todo"))
	write(t, dir, "b.md", planText("B", "active", "T01 failed needs", "T02 done needs T01", "T03 done needs T02", "T04 todo needs T03"))
	write(t, dir, "c.md", planText("C-WP-1", "draft", "T01 todo needs", "T02 done needs")+"\n```decision\nid: D-01\nquestion: Which?\n```\n")
	write(t, dir, "d.md", planText("D", "active", "T01 todo needs C-WP-1-D-01", "T02 todo needs C-WP-1-D-01,A-T02"))
	w := load(t, dir, "")
	for id, want := range map[string]string{
		"A-T01": "done", "A-T02": "ready", "A-T03": "queued T02 is todo", "A-T04": "started", "A-T05": "blocked T02 is todo",
		"A-T06": "blocked said to be blocked", "A-T07": "blocked B-T01 is failed", "A-T08": "blocked C-WP-1 is draft",
		"A-T09": "blocked X-T01 is in none of the plans here", "A-T10": "cancelled", "A-T11": "blocked T10 is cancelled",
		"A-T12": "queued T11 is todo", "B-T01": "ready", "B-T02": "done suspect B-T01", "B-T03": "done suspect B-T01",
		"B-T04": "blocked T03 is done, and rests on B-T01, which failed", "C-WP-1-T01": "inactive C-WP-1 is draft", "C-WP-1-T02": "done",
		"D-T01": "waiting C-WP-1-D-01 is pending", "D-T02": "waiting C-WP-1-D-01 is pending A-T02 is todo",
	} {
		n, ok := w.Find(id)
		if !ok {
			t.Errorf("no %s", id)
			continue
		}
		s := w.Stand(n.Plan, n.Task)
		got := string(s.State)
		if len(s.Suspect) > 0 {
			got += " suspect " + strings.Join(s.Suspect, " ")
		}
		for _, r := range s.Because {
			got += " " + r.Why
		}
		if got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	if n := w.Below("C-WP-1-D-01", 10); n != 2 {
		t.Errorf("%d wait for C-WP-1-D-01", n)
	}
	if n := w.Below("B-T01", 10); n != 2 { // A-T07 and B-T04
		t.Errorf("%d wait for B-T01", n)
	}
	if n := w.Below("A-T02", 1); n != 1 {
		t.Errorf("%d are counted, at most 1", n)
	}
}

// TestKnowing asks somebody else about what is in none of the plans, and changes nothing for those who do not.
func TestKnowing(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A", "active", "T01 todo needs X-T01", "T02 todo needs X-T02", "T03 todo needs X-T03"))
	w := load(t, dir, "")
	knowing := w.Knowing(func(id string) (Stands, bool) {
		s, known := map[string]Stands{"X-T01": {How: "done there", Met: true}, "X-T02": {How: "todo there"}}[id]
		return s, known
	})
	if got := slices.Collect(w.Missing()); !slices.Equal(got, []string{"X-T01", "X-T02", "X-T03"}) {
		t.Errorf("missing: %q", got)
	}
	for i, want := range []string{"ready ", "blocked X-T02 is todo there", "blocked X-T03 is in none of the plans here"} {
		n, _ := knowing.Find([]string{"A-T01", "A-T02", "A-T03"}[i])
		s := knowing.Stand(n.Plan, n.Task)
		why := ""
		for _, r := range s.Because {
			why += r.Why
		}
		if got := string(s.State) + " " + why; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if before := w.Stand(n.Plan, n.Task); before.State != Blocked {
			t.Errorf("%s is %s for those who ask nobody", n.Task.ID, before.State)
		}
	}
}

// TestWhatRestsOnFailedTasks: over plans that are needed as a whole too, and past any cycle.
func TestWhatRestsOnFailedTasks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A", "active", "T01 failed needs", "T02 done needs T01", "T03 done needs T02,T04", "T04 done needs T03"))
	write(t, dir, "b.md", planText("B-WP-1", "finished", "T01 done needs A-T03"))
	write(t, dir, "c.md", planText("C", "active", "T01 todo needs B-WP-1", "T02 done needs B-WP-1"))
	write(t, dir, "d.md", planText("D-WP-1", "finished", "T01 failed needs", "T02 done needs"))
	write(t, dir, "e.md", planText("E", "active", "T01 todo needs D-WP-1", "T02 todo needs D-WP-1-T02"))
	w := load(t, dir, "")
	for id, want := range map[string]string{
		"A-T01": "", "A-T02": "A-T01", "A-T03": "A-T01", "A-T04": "A-T01", "B-WP-1-T01": "A-T01", "C-T02": "A-T01", "D-WP-1-T02": "", "E-T01": "D-WP-1-T01",
	} {
		if got := strings.Join(w.Suspect(id), " "); got != want {
			t.Errorf("%s rests on %q, want %q", id, got, want)
		}
	}
	for id, want := range map[string]string{
		"C-T01": "blocked: B-WP-1 is finished, and rests on A-T01, which failed", "E-T01": "blocked: D-WP-1 is finished, and rests on D-WP-1-T01, which failed", "E-T02": "ready:",
	} {
		n, _ := w.Find(id)
		s := w.Stand(n.Plan, n.Task)
		got := string(s.State) + ":"
		for _, r := range s.Because {
			got += " " + r.Why
		}
		if got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

// TestLongChains: what a chain costs grows with its length and not with the square of it, which would take minutes.
func TestLongChains(t *testing.T) {
	const length = 50_000
	p := &Plan{Summary: Summary{ID: "A", Status: "active"}}
	for i := range length {
		task := Task{ID: fmt.Sprintf("A-T%05d", i), Status: "done"}
		switch i {
		case 0:
			task.Status = "failed"
		case length - 1:
			task.Status = "todo"
		}
		p.Tasks = append(p.Tasks, task)
		if i > 0 {
			p.Edges = append(p.Edges, Edge{From: task.ID, To: p.Tasks[i-1].ID, Gates: true})
		}
	}
	w := New([]*Plan{p}, Options{})
	for i := range p.Tasks {
		s := w.Stand(p, &p.Tasks[i])
		if s.State == Done && !slices.Equal(s.Suspect, []string{"A-T00000"}) || i == length-1 && s.State != Blocked {
			t.Fatalf("%s is %s and rests on %q", p.Tasks[i].ID, s.State, s.Suspect)
		}
	}
	if n := w.Below("A-T00000", length); n != 1 {
		t.Errorf("%d open tasks wait for the first, want 1", n)
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A", "active", "T01 todo", "T02 todo"))
	write(t, dir, "b.md", planText("B", "active", "T01 todo", "T03 todo"))
	write(t, dir, "c.md", planText("B", "active", "T09 todo"))
	w := load(t, dir, "")
	for id, want := range map[string]string{
		"A": "A", "A-T01": "A-T01", "T02": "A-T02", "T03": "B-T03", "": "empty",
		"T01":             `"T01" is in several plans: A-T01 (a.md:11), B-T01 (b.md:11); give its full id`,
		"B":               "B stands more than once, and ids are unique in a workspace: B (b.md:2), B (c.md:2); name a file, or rename one with `wpctl mv B NEW --plan FILE`",
		"nothing-like-it": "no plan, task or decision",
	} {
		n, err := w.Resolve(id)
		got := n.Plan != nil && n.ID() == want
		if err != nil {
			got = strings.Contains(err.Error(), want)
		}
		if !got {
			t.Errorf("%q: %v, want %s", id, err, want)
		}
	}
	if d := w.Duplicates(); !slices.Equal(d, []string{"B"}) {
		t.Error(d)
	}
}

// TestCyclesOverPlans: each edge of a cycle is told with its place, and cycles within a plan are not.
func TestCyclesOverPlans(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A", "active", "T01 todo needs B-T02", "T02 todo needs"))
	write(t, dir, "b.md", planText("B", "active", "T01 todo needs C-WP-1", "T02 todo needs T01"))
	write(t, dir, "c.md", planText("C-WP-1", "active", "T01 todo needs A-T01", "T02 todo needs T03", "T03 todo needs T02"))
	var got []string
	for _, c := range load(t, dir, "").Cycles(10) {
		for _, n := range c {
			got = append(got, fmt.Sprintf("%s:%d %s > %s", n.Plan.File, n.Line, n.From, n.To))
		}
	}
	want := []string{"a.md:14 A-T01 > B-T02", "b.md:22 B-T02 > B-T01", "b.md:14 B-T01 > C-WP-1", "c.md:11 C-WP-1 > C-WP-1-T01", "c.md:14 C-WP-1-T01 > A-T01"}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestCyclesOverPlansWithoutTasks: a plan may have steps of its own alone.
func TestCyclesOverPlansWithoutTasks(t *testing.T) {
	dir := t.TempDir()
	whole := func(id, needs string) string {
		return strings.Replace(planText(id, "active"), "owner: ops\n", "needs: ["+needs+"]\n", 1)
	}
	write(t, dir, "a.md", whole("A-WP-1", "B-WP-1"))
	write(t, dir, "b.md", whole("B-WP-1", "A-WP-1"))
	if c := load(t, dir, "").Cycles(10); len(c) != 1 || len(c[0]) != 2 {
		t.Errorf("%v", c)
	}
}

// TestIndexIsNeverWrong: whatever happens to files, a workspace read with an index is the one that is read without it.
func TestIndexIsNeverWrong(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		index := filepath.Join(dir, "index", "one")
		name := func(l string) string { return rapid.SampledFrom([]string{"a.md", "b.md", "c.md"}).Draw(rt, l) }
		path := func(name string) string { return filepath.Join(dir, name) }
		text := func() string {
			id, status := rapid.SampledFrom([]string{"A", "B"}).Draw(rt, "id"), rapid.SampledFrom([]string{"todo", "done"}).Draw(rt, "status")
			return rapid.SampledFrom([]string{planText(id, "active", "T01 "+status), "# no plan\n", "", planText(id, "active", "T01 "+status, "T02 todo needs T01")}).Draw(rt, "text")
		}
		day := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		saved := map[string][]byte{}
		rt.Repeat(map[string]func(*rapid.T){
			"write, and nothing shows when": func(*rapid.T) {
				n := name("file")
				write(t, dir, n, text())
				_ = os.Chtimes(path(n), day, day)
			},
			"rename": func(*rapid.T) { _ = os.Rename(path(name("from")), path(name("to"))) },
			"remove": func(*rapid.T) { _ = os.Remove(path(name("file"))) },
			"leave the branch": func(*rapid.T) {
				for _, n := range []string{"a.md", "b.md", "c.md"} {
					saved[n], _ = os.ReadFile(path(n))
				}
			},
			"come back": func(*rapid.T) {
				for n, src := range saved {
					write(t, dir, n, string(src))
				}
			},
			"delete the index": func(*rapid.T) { _ = os.RemoveAll(filepath.Dir(index)) },
			"break the index": func(*rapid.T) {
				if src, err := os.ReadFile(index); err == nil && len(src) > 0 {
					src[rapid.IntRange(0, len(src)-1).Draw(rt, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(rt, "bit")
					_ = os.WriteFile(index, src[:rapid.IntRange(0, len(src)).Draw(rt, "length")], 0o600)
				}
			},
			"": func(*rapid.T) {
				with, without := load(t, dir, index), load(t, dir, "")
				if len(with.Plans) != len(without.Plans) {
					rt.Fatalf("%d plans, without an index %d", len(with.Plans), len(without.Plans))
				}
				for i := range with.Plans {
					if !reflect.DeepEqual(with.Plans[i], without.Plans[i]) {
						rt.Fatalf("%+v\nwithout an index\n%+v", with.Plans[i], without.Plans[i])
					}
				}
			},
		})
	})
}

// TestIndexOfAnotherProgram: with another key nothing is believed.
// What was read in other words is read anew, and each is remembered.
func TestIndexInOtherWords(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", planText("A-WP-1", "active", "T01 erledigt"))
	index := filepath.Join(dir, "index")
	words, _ := workplan.NewWords(map[string]string{"done": "erledigt"})
	for i, row := range []struct {
		words  workplan.Words
		status string
	}{{workplan.Words{}, "erledigt"}, {words, "done"}, {words, "done"}, {workplan.Words{}, "erledigt"}} {
		plans, errs := loader(index).Load(t.Context(), []File{{Name: "a.md", Path: filepath.Join(dir, "a.md"), Words: row.words}})
		if len(plans) != 1 || len(errs) > 0 || plans[0].Tasks[0].Status != row.status {
			t.Errorf("%d: %v, %v", i, plans, errs)
		}
	}
}

func TestIndexOfAnotherProgram(t *testing.T) {
	dir := t.TempDir()
	index := filepath.Join(dir, "index")
	write(t, dir, "a.md", planText("A", "active", "T01 todo"))
	load(t, dir, index)
	again := func(key string) int {
		l := loader(index)
		l.Key = key
		l.Digest = func(p *workplan.Plan, s ...*workplan.Step) string { return "" }
		ix := openIndex(index, key)
		if _, err := l.one(ix, File{Name: "a.md", Path: filepath.Join(dir, "a.md")}, new([]byte)); err != nil {
			t.Fatal(err)
		}
		return len(ix.add)
	}
	if n := again("test"); n != 0 {
		t.Errorf("%d files are parsed again by the same program", n)
	}
	if n := again("another"); n != 1 {
		t.Errorf("%d files are parsed again by another program", n)
	}
}

// TestOneChangedFileCostsOneFile: only what changed is parsed, and old summaries do not pile up.
func TestOneChangedFileCostsOneFile(t *testing.T) {
	dir := t.TempDir()
	index := filepath.Join(dir, "index")
	var files []File
	for i := range 20 {
		name := fmt.Sprintf("p%02d.md", i)
		write(t, dir, name, planText(fmt.Sprintf("P%02d", i), "active", "T01 todo"))
		files = append(files, File{Name: name, Path: filepath.Join(dir, name)})
	}
	load(t, dir, index)
	write(t, dir, "p07.md", planText("P07", "finished", "T01 done"))
	ix := openIndex(index, "test")
	for _, f := range files {
		if _, err := loader(index).one(ix, f, new([]byte)); err != nil {
			t.Fatal(err)
		}
	}
	if len(ix.add) != 1 {
		t.Errorf("%d files were parsed", len(ix.add))
	}
	for i := range 3 * indexUnused {
		ix.was[[32]byte{byte(i), byte(i >> 8), 1}] = nil
	}
	if err := ix.save(); err != nil {
		t.Fatal(err)
	}
	if n := len(openIndex(index, "test").was); n != 20 {
		t.Errorf("%d summaries are kept of 20 files", n)
	}
}
