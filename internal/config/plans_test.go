package config

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPlanFiles(t *testing.T) {
	p := newPlace(t)
	for _, name := range []string{
		"workplans/b.md", "workplans/a.md", "workplans/deep/er/c.md", "workplans/.#a.md", "workplans/.hidden/d.md",
		"workplans/node_modules/x/e.md", "workplans/.git/f.md", "workplans/note.txt", "workplans/dir.md/g.md", "docs/h.md", "x1.md",
	} {
		p.write(filepath.Join(p.root, name), "")
	}
	link := func(to, name string) {
		if err := os.Symlink(to, filepath.Join(p.root, name)); err != nil {
			t.Skip(err)
		}
	}
	link("..", "workplans/deep/loop")          // back up, within the tree
	link("deep/er", "workplans/again")         // a folder by a second name
	link("a.md", "workplans/0.md")             // a file by a second name
	link("../docs/h.md", "workplans/other.md") // a file elsewhere
	link("../docs", "workplans/out")           // a folder elsewhere: not followed
	link("nowhere", "workplans/broken.md")
	for _, row := range []struct{ plans, want string }{
		{"workplans/**/*.md", "workplans/a.md workplans/b.md workplans/deep/er/c.md workplans/dir.md/g.md workplans/other.md"},
		{"workplans/*.md", "workplans/a.md workplans/b.md workplans/other.md"},
		{"**/c.md", "workplans/deep/er/c.md"},
		{"workplans/**", "workplans/a.md workplans/b.md workplans/note.txt workplans/deep/er/c.md workplans/dir.md/g.md workplans/other.md"},
		{"./workplans/../docs/h.md", "docs/h.md"},
		{"docs/h.md,docs/*.md,d*/?.md", "docs/h.md"},
		{"workplans/.hidden/*.md", "workplans/.hidden/d.md"},
		{"x[0-9].md", "x1.md"},
		{"none/**/*.md", ""},
		{"x1.md/*.md", ""},
		{"**/er/**/*.md", "workplans/deep/er/c.md"},
	} {
		c, problems := p.load(map[string]string{"plans": row.plans})
		if problems != "" {
			t.Error(problems)
		}
		got, _, err := c.PlanFiles(context.Background())
		if err != nil {
			t.Error(err)
		}
		want := map[string]bool{}
		for _, w := range strings.Fields(row.want) {
			want[filepath.Join(p.root, w)] = true
		}
		if !sameSet(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", row.plans, got, row.want)
		}
	}
}

func sameSet(got []string, want map[string]bool) bool {
	for i, g := range got {
		if !want[g] || i > 0 && got[i-1] >= g {
			return false
		}
	}
	return len(got) == len(want)
}

func TestPlansAreRelativeToTheirFile(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(p.root, "sub", "plans", "a.md"), "")
	p.write(filepath.Join(p.root, "plans", "b.md"), "")
	p.write(filepath.Join(p.root, "sub", FileName), "plans: plans/*.md\n")
	p.userFile("plans: plans/*.md\n")
	for dir, want := range map[string]string{"sub": "sub/plans/a.md", "plans": "plans/b.md"} {
		c, _, err := Load(Options{Dir: filepath.Join(p.root, dir), Env: p.lookup})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := c.PlanFiles(context.Background())
		if err != nil || len(got) != 1 || got[0] != filepath.Join(p.root, want) {
			t.Errorf("from %s: %q, %v", dir, got, err)
		}
	}
}

func TestPlanFilesStopsWhenCancelled(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(p.root, "workplans", "a.md"), "")
	c, _ := p.load(nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.PlanFiles(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPlansWithin: what leads out of a folder is taken out, however it is written.
func TestPlansWithin(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(p.root, "workplans", "a.md"), "")
	if err := os.Symlink("..", filepath.Join(p.root, "up")); err != nil {
		t.Fatal(err)
	}
	good := []string{"workplans/*.md", "not/there/*.md", "*.md", filepath.Join(p.root, "workplans", "*.md"), "a/../workplans/*"}
	bad := []string{"/**/*.md", "../**/*.md", "up/*.md", "workplans/../../*.md", filepath.Dir(p.root) + "/*.md", "../not/there/*"}
	c, problems := p.load(map[string]string{"plans": strings.Join(append(good, bad...), ",")})
	if problems != "" {
		t.Fatal(problems)
	}
	if out := c.KeepWithin(p.root); !slices.Equal(out, bad) || !slices.Equal(c.Plans, good) {
		t.Errorf("%q are kept, %q are out", c.Plans, out)
	}
}

func BenchmarkPlanFiles(b *testing.B) {
	dir := b.TempDir()
	for i := range 10000 {
		sub := filepath.Join(dir, "workplans", fmt.Sprint(i/100))
		os.MkdirAll(sub, 0o755)
		os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.md", i)), nil, 0o644)
	}
	c := &Config{Settings: Settings{Plans: []string{"workplans/**/*.md"}}, plansDir: dir}
	for b.Loop() {
		files, _, err := c.PlanFiles(context.Background())
		if err != nil || len(files) != 10000 {
			b.Fatal(len(files), err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	dir := b.TempDir()
	os.WriteFile(filepath.Join(dir, FileName), []byte("plans: a\nclusters: {a: b}\ndefaults: {cluster: a}\n"), 0o644)
	for b.Loop() {
		if _, _, err := Load(Options{Dir: dir}); err != nil {
			b.Fatal(err)
		}
	}
}
