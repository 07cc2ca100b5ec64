package view

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
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

// wellDressed fails where got holds what no view may write, or a line is wider than o.Width.
func wellDressed(t *testing.T, got string, o Options) {
	t.Helper()
	for _, line := range strings.Split(got, "\n") {
		bare := safe.Uncoloured(line)
		if !o.Color && bare != line {
			t.Errorf("colour in %q", line)
		}
		for _, r := range bare {
			if safe.Visible(r) != string(r) {
				t.Errorf("%U in %q", r, line)
			}
		}
		if o.Width > 0 && cells(bare) > o.Width {
			t.Errorf("%d columns instead of %d: %q", cells(bare), o.Width, bare)
		}
		if strings.HasSuffix(bare, " ") {
			t.Errorf("blanks at the end of %q", line)
		}
		if o.GitHub && strings.HasPrefix(strings.TrimLeft(bare, " "), "::") && !strings.HasPrefix(bare, "::group::") && bare != "::endgroup::" {
			t.Errorf("a workflow command: %q", line)
		}
	}
}

// dress is a way to show things, by the name of its golden files.
type dress struct {
	name string
	Options
}

var dresses = []dress{
	{"40", Options{Width: 40, Unicode: true}},
	{"80", Options{Width: 80, Unicode: true}},
	{"120", Options{Width: 120, Unicode: true}},
	{"200", Options{Width: 200, Unicode: true}},
	{"color", Options{Width: 80, Unicode: true, Color: true}},
	{"ascii", Options{Width: 80}},
	{"pipe", Options{Unicode: true}},
}

// inAll shows f in every dress and compares each with its golden file.
func inAll(t *testing.T, name string, f func(*bytes.Buffer, Options) error) {
	for _, d := range dresses {
		t.Run(d.name, func(t *testing.T) {
			d.Zone = time.UTC
			var b bytes.Buffer
			if err := f(&b, d.Options); err != nil {
				t.Fatal(err)
			}
			check := d.Options
			if name == "lint" {
				check.Width = 0 // a diagnostic's line is never broken: editors read it
			}
			wellDressed(t, b.String(), check)
			golden(t, name+"."+d.name+".txt", b.String())
		})
	}
}
