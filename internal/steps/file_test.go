//go:build unix

package steps

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const runbook = "---\ntitle: x\n---\n\n# The *runbook* of `web`\n\n## Rollback ##\n\n    # no heading\n\nSecrets\n-------\n\n```sh\n# comment\n```\n"

func TestFileLook(t *testing.T) {
	at := localSite(t, map[string]string{
		"docs/runbook.md": runbook, "a.txt": "one\ntwo\n", "empty": "", "run.sh": "#!/bin/sh\n",
		"a.yaml": "a: 1\nb: [x]\n", "two.yaml": "a: 1\n---\na: 2\n", "bad.yaml": "a: [\n", "twice.yaml": "a: 1\na: 2\n",
		"a.json": `{"a": 1}`, "bad.json": "{", "a.toml": "[[package]]\nname = \"x\"\n", "bad.toml": "a = \n",
		"in": "-> docs/runbook.md", "out": "-> ../secret", "abs": "-> /etc/passwd", "loop": "-> loop", "dangling": "-> nowhere",
	})
	if err := os.WriteFile(filepath.Join(at.Root, "../secret"), []byte("s"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(at.Root, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(at.Root, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	big, err := os.Create(filepath.Join(at.Root, "big"))
	if err != nil {
		t.Fatal(err)
	}
	if err := big.Truncate(maxFile + 1); err != nil {
		t.Fatal(err)
	}
	big.Close()
	tests := []struct{ name, args, want string }{
		{"There", `{path: a.txt}`, "ok: there"},
		{"Absolute", `{path: ` + at.Root + `/a.txt}`, "ok: there"},
		{"Missing", `{path: b.txt}`, "failed: want a file at b.txt, saw nothing"},
		{"MissingDirectory", `{path: no/b.txt}`, "failed: want a file at no/b.txt, saw nothing"},
		{"BelowFile", `{path: a.txt/b}`, "failed: want a file at a.txt/b, saw nothing"},
		{"Dangling", `{path: dangling}`, "failed: want a file at dangling, saw nothing"},
		{"Absent", `{path: b.txt, absent: true}`, "ok: nothing"},
		{"NotAbsent", `{path: a.txt, absent: true}`, "failed: want nothing at a.txt, saw a file"},
		{"DirectoryNotAbsent", `{path: docs, absent: true}`, "failed: want nothing at docs, saw a directory"},
		{"Directory", `{path: docs}`, "failed: want a file at docs, saw a directory"},
		{"Pipe", `{path: fifo}`, "failed: want a file at fifo, saw a named pipe"},
		{"OutsideAbsolute", `{path: /etc/passwd}`, "denied: /etc/passwd leads out of the checkout"},
		{"OutsideByLink", `{path: out}`, "denied: out leads out of the checkout"},
		{"OutsideByAbsoluteLink", `{path: abs}`, "denied: abs leads out of the checkout"},
		{"Link", `{path: in, contains: Rollback}`, "ok: there"},
		{"Loop", `{path: loop}`, "error: read loop: too many levels of symbolic links"},
		{"TooLarge", `{path: big}`, "error: read big: it is larger than the 16 MiB that are read"},
		{"Contains", `{path: a.txt, contains: [^two$], lacks: [three]}`, "ok: there"},
		{"Lacks", `{path: a.txt, lacks: [t.o]}`, `failed: want text lacks "t.o", saw there; "two"`},
		{"Equals", `{path: a.txt, equals: "one\ntwo"}`, "ok: there"},
		{"Matches", `{path: a.txt, matches: one}`, `failed: want text matches "one", saw there; "one\ntwo"`},
		{"Headings", `{path: docs/runbook.md, headings: [Rollback, Secrets, The runbook of web]}`, "ok: there"},
		{"NoHeading", `{path: docs/runbook.md, headings: [Rolback, no heading, comment]}`, `failed: want heading "Rolback"; heading "no heading"; heading "comment", saw there; no such heading (did you mean "Rollback"?); no such heading`},
		{"YAML", `{path: a.yaml, format: yaml}`, "ok: there"},
		{"BadYAML", `{path: bad.yaml, format: yaml}`, "failed: want valid YAML, saw there; "},
		{"TwiceYAML", `{path: twice.yaml, format: yaml}`, `failed: want valid YAML, saw there; line 2: the key "a" stands twice`},
		{"EmptyYAML", `{path: empty, format: yaml}`, "failed: want valid YAML, saw there; nothing in it"},
		{"JSON", `{path: a.json, format: json}`, "ok: there"},
		{"BadJSON", `{path: bad.json, format: json}`, "failed: want valid JSON, saw there; unexpected EOF"},
		{"EmptyJSON", `{path: empty, format: json}`, "failed: want valid JSON, saw there; nothing in it"},
		{"TOML", `{path: a.toml, format: toml}`, "ok: there"},
		{"BadTOML", `{path: bad.toml, format: toml}`, "failed: want valid TOML, saw there; line 2"},
		{"Sum", `{path: a.txt, sha256: "sha256:` + strings.Repeat("0", 64) + `"}`, "failed: want sha256 " + strings.Repeat("0", 64) + ", saw there; sha256 " + sumOfOneTwo},
		{"SumRight", `{path: a.txt, sha256: ` + sumOfOneTwo + `}`, "ok: there"},
		{"Mode", `{path: a.txt, mode: 0644}`, "ok: there"},
		{"OtherMode", `{path: a.txt, mode: 600}`, "failed: want mode 0600, saw there; mode 0644"},
		{"Executable", `{path: run.sh, executable: true}`, "ok: there"},
		{"NotExecutable", `{path: a.txt, executable: true}`, "failed: want executable true, saw there; executable false"},
		{"Match", `{path: a.json, format: json, match: {a: 1}}`, "ok: there"},
		{"NoMatch", `{path: a.yaml, format: yaml, match: {a: 2, c: {d: x}, b: [x]}}`, `failed: want a: 2; c: {"d":"x"}, saw there; a: 1; c: nothing`},
		{"MatchTOML", `{path: a.toml, format: toml, match: {package: [{name: x}]}}`, "ok: there"},
		{"Files", `{files: [a.*, "docs/*"]}`, "ok: 5 files"},
		{"FilesData", `{files: ["*.yaml"], format: yaml}`, `failed: want valid YAML, saw 2 of 4 not so: bad.yaml: line 2: did not find expected node content; twice.yaml: line 2: the key "a" stands twice`},
		{"FilesAbsent", `{files: "*.secret", absent: true}`, "ok: no file"},
		{"FilesNotAbsent", `{files: "a.*", absent: true}`, "failed: want no file that a.* matches, saw a.json, a.toml, a.txt, a.yaml"},
		{"MinSize", `{path: empty, minSize: 1}`, "failed: want at least 1 bytes, saw there; 0 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			_, got := localLook(t, fileKind(), at, tt.args)
			if !strings.HasPrefix(got, tt.want) || strings.HasPrefix(got, "ok") && got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if d := time.Since(start); d > 30*time.Second {
				t.Errorf("took %v", d)
			}
		})
	}
}

const sumOfOneTwo = "c3f9c8c283a2b1f2f1896f27a01cbe3cddc0c9d93f752e4639035a0f5b36f6e8"

func TestFileSelf(t *testing.T) {
	at := localSite(t, map[string]string{
		"r.md": runbook, "two.yaml": "a: 1\n---\na: 2\n",
		"a.toml": "[[package]]\nname = \"x\"\nsource = {registry = \"r\"}\nn = 1\nf = 1.5\nd = 2026-05-01\nt = 2026-05-01T10:00:00\nat = 2026-05-01T10:00:00Z\n",
	})
	self := func(args string) fileSelf {
		r, got := localLook(t, fileKind(), at, args)
		if !r.OK {
			t.Fatal(got)
		}
		return r.Self.(fileSelf)
	}
	if got := fmt.Sprintf("%q", self(`{path: r.md}`).Headings); got != `["The runbook of web" "Rollback" "Secrets"]` {
		t.Errorf("headings %s", got)
	}
	if got := fmt.Sprint(self(`{path: two.yaml, format: yaml}`).Data); got != "[map[a:1] map[a:2]]" {
		t.Errorf("yaml %s", got)
	}
	want := "map[package:[map[at:2026-05-01 10:00:00 +0000 UTC d:2026-05-01 f:1.5 n:1 name:x source:map[registry:r] t:2026-05-01T10:00:00]]]"
	if got := fmt.Sprint(self(`{path: a.toml, format: toml}`).Data); got != want {
		t.Errorf("toml %s", got)
	}
}

func TestFileWhy(t *testing.T) {
	at := localSite(t, map[string]string{"docs/runbook.md": "x"})
	r, _ := localLook(t, fileKind(), at, "{path: docs/runbok.md}")
	if got := strings.Join(r.Why, ""); got != `in docs: did you mean "runbook.md"?` {
		t.Errorf("got %s", got)
	}
}

func TestFileCheck(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"Path", `{path: " "}`, "this is no path"},
		{"Sum", `{path: a, sha256: abc}`, "this is no SHA-256"},
		{"Mode", `{path: a, mode: rw-r--r--}`, "these are no permissions"},
		{"Absent", `{path: a, absent: true, contains: [x]}`, "what is absent has no content"},
		{"Nothing", `{contains: [x]}`, "this is no path"},
		{"Both", `{path: a, files: [b]}`, "a step looks at one path, or at all that globs match"},
		{"Glob", `{files: ["../*"]}`, "the glob leads out of the checkout"},
		{"MatchWithoutFormat", `{path: a, match: {b: 1}}`, "parts can be told of data only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := localArgs(t, fileKind(), tt.args)
			if len(problems) != 1 || problems[0].Message != tt.want {
				t.Errorf("got %v", problems)
			}
		})
	}
}
