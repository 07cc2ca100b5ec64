package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const repo = "../.."

// TestReference makes the reference again and compares it with docs/reference; `make generate` brings it up to date.
func TestReference(t *testing.T) {
	made, kept := t.TempDir(), filepath.Join(repo, "docs", "reference")
	if out, err := exec.Command("wpctl", "gen", "docs", made).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want, have := tree(t, made), tree(t, kept)
	for name, text := range want {
		if have[name] != text {
			t.Errorf("docs/reference/%s is not what the code says: run make generate", name)
		}
	}
	for name := range have {
		if _, ok := want[name]; !ok {
			t.Errorf("docs/reference/%s is made no more: remove it", name)
		}
	}
}

// TestPicture draws the plan of the demo, as it is when the platform is there, and compares it with the picture in the
// documents; `make generate` draws it anew.
func TestPicture(t *testing.T) {
	dir, kept := t.TempDir(), filepath.Join(repo, "docs", "graph.svg")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(repo, "e2e", "workspace"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fundbuero", "harbour-platform"} {
		if out, err := exec.Command("git", "init", "-q", filepath.Join(dir, name)).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	const plan = "harbour-apps/workplans/APPS-WP-0002.md"
	scene, err := os.ReadFile(filepath.Join(repo, "e2e", "testdata", "02-platform.txt"))
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(scene), "-- "+plan+" --\n")
	if !found {
		t.Fatal("the scene does not show the plan")
	}
	if err := os.WriteFile(filepath.Join(dir, plan), []byte(strings.ReplaceAll(text, "DAY", "2026-11-22")), 0o644); err != nil {
		t.Fatal(err)
	}
	draw := exec.Command("wpctl", "graph", "APPS-WP-0002", "-o", "svg")
	draw.Dir = filepath.Join(dir, "harbour-apps")
	got, err := draw.Output()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(kept, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(kept)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/graph.svg is not what wpctl draws: run make generate")
	}
}

// tree returns the texts of all files below dir, by their names.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		out[filepath.ToSlash(name)] = string(src)
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s has %d files: %v", dir, len(out), err)
	}
	return out
}

// documents are all markdown files of the repository that people read, by their names.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(repo, func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel(repo, path)
		hidden := strings.HasPrefix(e.Name(), ".") && name != "."
		switch {
		case err != nil:
			return err
		case e.IsDir() && (hidden || e.Name() == "testdata" || e.Name() == "bin"):
			return filepath.SkipDir
		case e.IsDir() || filepath.Ext(name) != ".md":
			return nil
		}
		src, err := os.ReadFile(path)
		out[name] = string(src)
		return err
	})
	if err != nil || len(out) < 10 {
		t.Fatalf("found %d documents: %v", len(out), err)
	}
	return out
}

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// TestLinks follows the links between the documents: to files that are there, and to headings that they have.
func TestLinks(t *testing.T) {
	docs := documents(t)
	for name, src := range docs {
		for _, m := range link.FindAllStringSubmatch(prose(src), -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			path := name
			if target != "" {
				path = filepath.Join(filepath.Dir(name), target)
			}
			if _, err := os.Stat(filepath.Join(repo, path)); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
				continue
			}
			if to, ok := docs[path]; ok && anchor != "" && !slices.Contains(anchors(to), anchor) {
				t.Errorf("%s: %s has no heading #%s", name, path, anchor)
			}
		}
	}
}

// prose is a document without its fenced blocks and code spans.
func prose(src string) string {
	out := ""
	for _, p := range pieces(src) {
		if p.info == "" {
			out += p.text
		}
	}
	return regexp.MustCompile("`[^`\n]*`").ReplaceAllString(out, "")
}

// anchors are the names by which the headings of a document are linked to.
func anchors(src string) (out []string) {
	for _, p := range pieces(src) {
		for line := range strings.Lines(p.text) {
			if p.info != "" || !strings.HasPrefix(line, "#") {
				continue
			}
			s := strings.ToLower(strings.TrimSpace(strings.TrimLeft(line, "#")))
			s = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(s, "")
			out = append(out, strings.ReplaceAll(s, " ", "-"))
		}
	}
	return out
}

// piece is a part of a document: prose, or what stands in a fence. Joined, before, text and after give the document.
type piece struct {
	mark          string // the comment above a fence: "lints", "file NAME", "shows NAME", "not run"
	info          string // what stands behind the fence's opening; "" for prose, "-" for a fence without
	before, after string // the lines of the fence
	text          string
}

var (
	fenceLine = regexp.MustCompile("^(`{3,})(.*)\n$")
	markLine  = regexp.MustCompile(`<!-- (lints|not run|file \S+|shows \S+|scene \S+ \d+) -->\s*$`)
)

func pieces(src string) (out []piece) {
	now, fence := piece{}, ""
	for line := range strings.Lines(src) {
		m := fenceLine.FindStringSubmatch(line)
		switch {
		case fence == "" && m != nil:
			next := piece{before: line, info: strings.TrimSpace(m[2])}
			if next.info == "" {
				next.info = "-"
			}
			if mark := markLine.FindStringSubmatch(now.text); mark != nil {
				next.mark = mark[1]
			}
			out = append(out, now)
			now, fence = next, m[1]
		case fence != "" && m != nil && len(m[1]) >= len(fence) && strings.TrimSpace(m[2]) == "":
			now.after = line
			out = append(out, now)
			now, fence = piece{}, ""
		default:
			now.text += line
		}
	}
	return append(out, now)
}

// TestFuzzTargetsAreTold holds the list of fuzz targets to those that there are.
func TestFuzzTargetsAreTold(t *testing.T) {
	told := map[string]bool{}
	for _, m := range regexp.MustCompile("`(internal/[a-z0-9/]+)` (Fuzz[A-Za-z]+)").FindAllStringSubmatch(documents(t)["docs/reliability.md"], -1) {
		told[m[1]+" "+m[2]] = true
	}
	err := filepath.WalkDir(filepath.Join(repo, "internal"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		src, err := os.ReadFile(path)
		dir, _ := filepath.Rel(repo, filepath.Dir(path))
		for _, m := range regexp.MustCompile(`(?m)^func (Fuzz[A-Za-z]+)\(`).FindAllStringSubmatch(string(src), -1) {
			if name := dir + " " + m[1]; !told[name] {
				t.Errorf("docs/reliability.md does not tell of %s", name)
			} else {
				delete(told, name)
			}
		}
		return err
	})
	if err != nil || len(told) > 0 {
		t.Errorf("docs/reliability.md tells of %v, which are not there; %v", told, err)
	}
}

// TestFences finds lines in a fence that would end it for a reader of markdown: ended fences may be indented by a blank.
func TestFences(t *testing.T) {
	for name, src := range documents(t) {
		for _, p := range pieces(src) {
			if p.info == "" {
				continue
			}
			fence := regexp.MustCompile("^`+").FindString(p.before)
			if early := regexp.MustCompile("(?m)^ {1,3}" + fence + "`*[ \t]*$").FindString(p.text); early != "" {
				t.Errorf("%s: %q ends the fence %q: give that one more backticks", name, early, p.before)
			}
		}
	}
}

// TestExamples lints the examples of the documents that are marked with "lints": whole plans, sections and steps.
func TestExamples(t *testing.T) {
	n := 0
	for name, src := range documents(t) {
		for _, p := range pieces(src) {
			if p.mark != "lints" {
				continue
			}
			n++
			file := filepath.Join(t.TempDir(), "plan.md")
			if err := os.WriteFile(file, []byte(whole(p)), 0o644); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command("wpctl", "lint", file).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "nothing to say") {
				t.Errorf("%s: this example does not lint clean:\n%s\n%s", name, p.text, out)
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d examples are marked", n)
	}
}

// whole makes a plan of an example.
func whole(p piece) string {
	const front = "---\nid: EXAMPLE-WP-0001\ntype: workplan\nstatus: active\n---\n"
	switch {
	case p.info == "yaml":
		return front + "### T01\n\n```task\nid: T01\n```\n\n```verify\n" + p.text + "```\n"
	case strings.HasPrefix(p.text, "---"):
		return p.text
	}
	return front + p.text
}

// TestSessions runs the sessions in the documents (fences with "console") and compares what they print.
// `UPDATE=1 go test ./cmd/wpctl -run TestSessions` writes the documents anew.
//
// A session has commands behind "$ " and what each of them printed on stdout; where that is nothing, on stderr.
// A fence below the comment "file NAME" is a file that the reader makes, and one below "shows NAME" is what the file holds then.
// One below "scene NAME N" is the Nth command of a scene of the end-to-end test, which needs more than a reader has at hand.
func TestSessions(t *testing.T) {
	for _, name := range []string{"README.md", "docs/tutorial.md", "docs/lint.md", "docs/ci.md", "docs/security.md", "docs/workspace.md", "docs/howto/first-plan.md", "docs/howto/fleet.md", "docs/howto/own-kind.md", "docs/howto/agents.md", "docs/howto/team-hub.md", "docs/claims.md"} {
		t.Run(name, func(t *testing.T) { session(t, filepath.Join(repo, filepath.FromSlash(name))) })
	}
}

// The port that documents name; where it is taken the test uses a free one in its place.
const docsPort = "8642"

func session(t *testing.T, path string) {
	for _, program := range []string{"bash", "git", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	s := startShell(t)
	out := ""
	for _, p := range pieces(string(src)) {
		text := p.text
		switch {
		case strings.HasPrefix(p.mark, "file "):
			s.write(strings.TrimPrefix(p.mark, "file "), p.text)
		case strings.HasPrefix(p.mark, "shows "):
			text = s.shown(strings.TrimPrefix(p.mark, "shows "))
		case strings.HasPrefix(p.mark, "scene "):
			text = scene(t, strings.TrimPrefix(p.mark, "scene "))
		case p.info == "console" && p.mark != "not run":
			text = s.run(p.text)
		}
		if masked(text) != masked(p.text) && os.Getenv("UPDATE") == "" {
			t.Errorf("the document says\n%s\nand it is\n%s", p.text, text)
		}
		out += p.before + text + p.after
	}
	if os.Getenv("UPDATE") != "" && out != string(src) {
		if err := os.WriteFile(path, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// scene returns a command of a scene, and what it printed, as the end-to-end test keeps it: "NAME N".
func scene(t *testing.T, which string) string {
	name, n, _ := strings.Cut(which, " ")
	number, err := strconv.Atoi(n)
	if err != nil || number < 1 {
		t.Fatalf("scene %s: no number of a command", which)
	}
	src, err := os.ReadFile(filepath.Join(repo, "e2e", "testdata", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	transcript, _, _ := strings.Cut(string(src), "\n-- ")
	commands := strings.Split("\n"+strings.TrimSpace(transcript), "\n$ ")
	if number >= len(commands) {
		t.Fatalf("scene %s: there are %d commands", which, len(commands)-1)
	}
	return "$ " + strings.TrimSpace(commands[number]) + "\n"
}

// masked takes the digests of steps out, since they are those of the port as well.
func masked(text string) string {
	return regexp.MustCompile(`steps=[0-9a-f]+`).ReplaceAllString(text, "steps=")
}

// shell is a bash that runs the commands of a session one after the other, in one folder.
type shell struct {
	*testing.T
	dir, port   string
	stdin       io.Writer
	stdout, err *bufio.Reader
}

func startShell(t *testing.T) *shell {
	wanted := "127.0.0.1:0"
	if os.Getenv("UPDATE") != "" { // the digests of the documents are those of their port
		wanted = "127.0.0.1:" + docsPort
	}
	l, err := net.Listen("tcp", wanted)
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	home := t.TempDir()
	s := &shell{T: t, port: port, dir: filepath.Join(home, "work")}
	if err := os.Mkdir(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("bash", "--norc", "--noprofile")
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "CI=1", "GIT_CONFIG_NOSYSTEM=1", "GORACE=" + os.Getenv("GORACE"),
		"GIT_CONFIG_COUNT=2", "GIT_CONFIG_KEY_0=init.defaultBranch", "GIT_CONFIG_VALUE_0=main",
		"GIT_CONFIG_KEY_1=user.name", "GIT_CONFIG_VALUE_1=alex",
	}
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	stderr, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	s.stdin, s.stdout, s.err = in, bufio.NewReader(out), bufio.NewReader(stderr)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		fmt.Fprintln(in, "kill $(jobs -p) 2>/dev/null; exit 0")
		in.Close()
		_ = cmd.Wait()
		stop.Stop()
	})
	return s
}

const endMark = "--- end of command ---"

// run runs the commands of a session and returns it with what they print now.
func (s *shell) run(text string) string {
	var out bytes.Buffer
	for _, command := range commands(text) {
		out.WriteString("$ " + command)
		command = strings.ReplaceAll(strings.ReplaceAll(command, "\n> ", "\n"), docsPort, s.port)
		fmt.Fprintf(s.stdin, "{ (exit ${st:-0}); %s\n} </dev/null; st=$?; echo; echo '%s'; echo '%s' >&2\n", strings.TrimSpace(command), endMark, endMark)
		got, said := s.until(s.stdout), s.until(s.err)
		if got = strings.TrimSuffix(got, "\n"); got == "" {
			got = said
		}
		out.WriteString(s.plain(got))
	}
	return out.String()
}

// commands are what stands behind "$ ", with the lines behind "> " that go on with it.
func commands(text string) (out []string) {
	for line := range strings.Lines(text) {
		command, ok := strings.CutPrefix(line, "$ ")
		switch {
		case ok:
			out = append(out, command)
		case strings.HasPrefix(line, "> ") && len(out) > 0:
			out[len(out)-1] += line
		}
	}
	return out
}

func (s *shell) until(r *bufio.Reader) string {
	var out strings.Builder
	for {
		line, err := r.ReadString('\n')
		if strings.TrimSpace(line) == endMark {
			return out.String()
		}
		if out.WriteString(line); err != nil {
			s.Fatalf("the shell ended: %v, after %q", err, out.String())
		}
	}
}

func (s *shell) write(name, text string) {
	fmt.Fprintf(s.stdin, "pwd; echo '%s'; echo '%s' >&2\n", endMark, endMark)
	dir := strings.TrimSpace(s.until(s.stdout))
	s.until(s.err)
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, docsPort, s.port)), 0o644); err != nil {
		s.Fatal(err)
	}
}

func (s *shell) shown(name string) string {
	fmt.Fprintf(s.stdin, "cat '%s'; echo '%s'; echo '%s' >&2\n", name, endMark, endMark)
	text := s.until(s.stdout)
	if said := s.until(s.err); said != "" {
		s.Fatal(said)
	}
	return s.plain(text)
}

var sessionPatterns = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`\d{8}T\d{6}\.\d+Z-[0-9a-f]{8}`), "20261122T090000.000000Z-0123abcd"},
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\d \d\d:\d\d\b`), "2026-11-22 09:00"},
	{regexp.MustCompile(`\b\d+\.\d+s\b`), "0.0s"},
	{regexp.MustCompile(`\btoken [a-z0-9]{16}: (\w+, \w+), until [0-9-]+`), "token jfqgaslbhbgpw6ba: $1, until 2026-12-22"},
	{regexp.MustCompile(`\bclaimed by (\w+) until [0-9-]+ [0-9:]+`), "claimed by $1 until 2026-11-22 09:30:00"},
}

// plain takes out what differs between two runs.
func (s *shell) plain(text string) string {
	text = strings.ReplaceAll(text, s.dir, "~/work")
	text = strings.ReplaceAll(text, filepath.Dir(s.dir), "~")
	text = strings.ReplaceAll(text, s.port, docsPort)
	text = strings.ReplaceAll(text, time.Now().Format(time.DateOnly), "2026-11-22")
	for _, p := range sessionPatterns {
		text = p.re.ReplaceAllString(text, p.by)
	}
	return text
}
