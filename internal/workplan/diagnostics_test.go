package workplan

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestDiagnostics compares what Parse says of malformed plans with the golden files.
// Each archive holds plans, NAME.md, each followed by what is expected, NAME.want.
func TestDiagnostics(t *testing.T) {
	fixToday(t, "2026-06-01")
	names, err := filepath.Glob("testdata/diagnostics/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatal("no archives", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out := &txtar.Archive{Comment: archive.Comment}
			for _, f := range archive.Files {
				base, ok := strings.CutSuffix(f.Name, ".md")
				if !ok {
					continue
				}
				_, diags := Parse(f.Name, f.Data)
				got := describe(diags)
				if want := fileOf(archive, base+".want"); !*update && want != got {
					t.Errorf("%s: diagnostics differ (-want +got):\n%s", f.Name, cmp.Diff(want, got))
				}
				out.Files = append(out.Files, f, txtar.File{Name: base + ".want", Data: []byte(got)})
			}
			if data := txtar.Format(out); *update && !bytes.Equal(data, txtar.Format(archive)) {
				if err := os.WriteFile(name, data, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func fileOf(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// describe renders diagnostics one below the other, with all that they say.
func describe(list diag.List) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%d:%d+%d %s %s: %s\n", d.Pos.Line, d.Pos.Col, d.Len, d.Severity, d.Code, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "    hint: %s\n", d.Hint)
		}
		for _, r := range d.Related {
			fmt.Fprintf(&b, "    %d:%d %s\n", r.Pos.Line, r.Pos.Col, r.Message)
		}
	}
	return b.String()
}

func fixToday(t testing.TB, day string) {
	before := today
	today = func() string { return day }
	t.Cleanup(func() { today = before })
}
