//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// The plans of the story.
const (
	appPlan      = "harbour-apps/workplans/APPS-WP-0002.md"
	lessonsPlan  = "harbour-apps/workplans/APPS-WP-0004.md"
	platformPlan = "harbour-platform/workplans/PLAT-WP-0003.md"
)

// stage is where the story is acted: the world, the repositories, and the operator's own folder.
type stage struct {
	*testing.T
	world *cast.World
	dir   string // with the repositories
	home  string // the operator's
	env   []string
	wpctl string
	said  *bytes.Buffer // the transcript of the present scene

	released string // the commit that the released image was built of
	dropped  []byte // what a definition said of a field that it has no more
}

// newStage brings up the world, still without its platform, and writes the repositories.
func newStage(t *testing.T) *stage {
	dir := scratch(t)
	s := &stage{T: t, dir: filepath.Join(dir, "repositories"), home: filepath.Join(dir, "home"), wpctl: filepath.Join(os.Getenv("WPCTL_E2E_BIN"), "wpctl"), said: &bytes.Buffer{}}
	var err error
	if s.world, err = cast.New(t.Context(), mkdir(t, dir, "world"), programs(t)); err != nil {
		t.Fatal(err)
	}
	tools := filepath.Dir(testtools.Helm(t)) + string(os.PathListSeparator) + filepath.Dir(testtools.Sops(t))
	s.env = []string{
		"PATH=" + tools + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + s.home, "NO_COLOR=1", "COLUMNS=",
		"XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "XDG_CACHE_HOME=", "SOPS_AGE_KEY_FILE=", "WPCTL_CONFIG_DIR=", "WPCTL_STATE_DIR=", "WPCTL_CACHE_DIR=", "CI=",
		"SSL_CERT_FILE=" + s.world.CAFile, "KUBECONFIG=" + os.Getenv("KUBECONFIG"), "HELM_CACHE_HOME=" + filepath.Join(s.home, "helm"),
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_AUTHOR_NAME=Operator", "GIT_AUTHOR_EMAIL=operator@harbour.test", "GIT_AUTHOR_DATE=2026-11-02T09:00:00Z",
		"GIT_COMMITTER_NAME=Operator", "GIT_COMMITTER_EMAIL=operator@harbour.test", "GIT_COMMITTER_DATE=2026-11-02T09:00:00Z",
	}
	workspace, err := fs.Sub(Workspace, "workspace")
	if err == nil {
		err = os.CopyFS(s.dir, workspace)
	}
	if err != nil {
		t.Fatal(err)
	}
	context := strings.TrimSpace(s.tool("", "kubectl-context"))
	s.replace("harbour-apps/.wpctl.yaml", "sandbox-e2e", context)
	s.write(s.home+"/.config/wpctl/config.yaml", "grants:\n  run: [sh, exec]\n  credentials: {~/.config/forge/token: [forge.harbour.test]}\n")
	for _, repo := range []string{"harbour-apps", "fundbuero", "harbour-platform"} {
		s.tool(repo, "git", "init", "-q", "-b", "main")
		s.commit(repo, "What is there")
	}
	s.said.Reset()
	return s
}

func mkdir(t *testing.T, parts ...string) string {
	dir := filepath.Join(parts...)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tool runs a program of the operator in a repository, and ends the test where it fails.
func (s *stage) tool(repo, name string, args ...string) string {
	s.Helper()
	if name == "kubectl-context" {
		b, err := os.ReadFile(os.Getenv("KUBECONFIG"))
		s.must(err)
		var config struct {
			Current string `yaml:"current-context"`
		}
		s.must(yaml.Unmarshal(b, &config))
		return config.Current
	}
	out, err := cast.Run(s.Context(), filepath.Join(s.dir, repo), s.env, s.program(name), args...)
	s.must(err)
	return out
}

// program finds a program on the operator's PATH.
func (s *stage) program(name string) string {
	for _, e := range s.env {
		if dirs, ok := strings.CutPrefix(e, "PATH="); ok {
			for _, dir := range filepath.SplitList(dirs) {
				if path := filepath.Join(dir, name); exists(path) {
					return path
				}
			}
		}
	}
	return name
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) read(path string) string {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, path))
	s.must(err)
	return string(b)
}

// write writes a file of the repositories, or one with a whole path.
func (s *stage) write(path, text string) {
	s.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, path)
	}
	s.must(os.MkdirAll(filepath.Dir(path), 0o755))
	s.must(os.WriteFile(path, []byte(text), 0o600))
}

// replace changes a text that stands in a file once.
func (s *stage) replace(path, old, with string) {
	s.Helper()
	text := s.read(path)
	if strings.Count(text, old) != 1 {
		s.Fatalf("%s: %q stands there %d times", path, old, strings.Count(text, old))
	}
	s.write(path, strings.Replace(text, old, with, 1))
}

// act copies what an act adds to the repositories.
func (s *stage) act(name string) {
	s.Helper()
	s.must(fs.WalkDir(Acts, "acts/"+name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := Acts.ReadFile(path)
		s.write(strings.TrimPrefix(path, "acts/"+name+"/"), string(b))
		return err
	}))
}

func (s *stage) commit(repo, message string) {
	s.Helper()
	s.tool(repo, "git", "add", "-A")
	s.tool(repo, "git", "commit", "-q", "--allow-empty", "-m", message)
}

// apply applies manifests of a repository.
func (s *stage) apply(files ...string) {
	s.Helper()
	for _, file := range files {
		s.must(s.world.Kube.ApplyFile(s.Context(), filepath.Join(s.dir, file)))
	}
}

// ageKey makes the operator's key, and returns for whom it opens.
func (s *stage) ageKey() string {
	s.Helper()
	id, err := age.GenerateX25519Identity()
	s.must(err)
	s.write(s.keyFile(), id.String()+"\n")
	return id.Recipient().String()
}

func (s *stage) keyFile() string { return s.home + "/.config/sops/age/keys.txt" }

// look runs wpctl in the repository of the plans, adds it to the transcript, and returns what it printed and its exit code.
func (s *stage) look(args ...string) (string, int) {
	s.Helper()
	cmd := exec.CommandContext(s.Context(), s.wpctl, args...)
	cmd.Dir, cmd.Env = filepath.Join(s.dir, "harbour-apps"), append(os.Environ(), s.env...)
	var out, progress bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &progress
	began := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	s.Logf("wpctl %s: exit code %d in %s", strings.Join(args, " "), code, time.Since(began).Round(100*time.Millisecond))
	if code == 2 {
		s.Fatalf("%s%s", out.String(), progress.String())
	}
	fmt.Fprintf(s.said, "$ wpctl %s\n%s", strings.Join(args, " "), s.plain(out.String()))
	if code != 0 {
		fmt.Fprintf(s.said, "exit code %d\n", code)
	}
	s.said.WriteString("\n")
	return out.String(), code
}

// passing matches what is another in every run, and what stands for it.
var passing = []struct {
	match *regexp.Regexp
	with  string
}{
	{regexp.MustCompile(`\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}`), "RUN"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:DIGEST"},
	{regexp.MustCompile(`sha256:[0-9a-f]{6,63}…?`), "sha256:DIGEST"},
	{regexp.MustCompile(`\bin (\d+m)?\d+(\.\d+)?s\b`), "in TIME"},
	{regexp.MustCompile(`PostgreSQL \d+[0-9.]*( \([^)]*\))?`), "PostgreSQL N"},
	{regexp.MustCompile(`fundbuero-[0-9a-f]{8,10}-[0-9a-z]{5}\b`), "fundbuero-POD"},
	{regexp.MustCompile(`Pebble (Root|Intermediate) CA [0-9a-f]{6}`), "Pebble $1 CA"},
	{regexp.MustCompile(`age1[0-9a-z]{50,}`), "age1KEY"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?( UTC)?`), "DAY"},
	{regexp.MustCompile(`(?m)^ +event [A-Z].*\n`), ""}, // which of them come first is a matter of time
	{regexp.MustCompile(`10\.244\.0\.\d+`), "10.244.0.N"},
}

// plain puts words in the place of all that is another in every run.
func (s *stage) plain(text string) string {
	for _, keep := range []string{"2026-11-02", "2026-11-03"} { // of the plans
		text = strings.ReplaceAll(text, keep, strings.ReplaceAll(keep, "-", "\x00"))
	}
	for _, p := range passing {
		text = p.match.ReplaceAllString(text, p.with)
	}
	text = strings.ReplaceAll(text, "\x00", "-")
	text = strings.ReplaceAll(text, filepath.Join(s.dir, "harbour-apps")+"/", "")
	return strings.ReplaceAll(strings.ReplaceAll(text, s.dir, "…"), s.home, "~")
}

// scene compares the transcript with the one that is kept under the name, with what the plans look like then.
// UPDATE=1 writes it.
func (s *stage) scene(name string, plans ...string) {
	s.Helper()
	for _, plan := range plans {
		fmt.Fprintf(s.said, "-- %s --\n%s\n", plan, s.plain(s.read(plan)))
	}
	file := filepath.Join("testdata", name+".txt")
	got := s.said.String()
	s.said.Reset()
	if os.Getenv("UPDATE") == "1" {
		s.must(os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	s.must(err)
	if got != string(want) {
		s.Errorf("%s is not as it was:\n%s", file, difference(string(want), got))
	}
}

// difference shows the lines that are only in one of two texts.
func difference(want, got string) string {
	var b strings.Builder
	a, c := strings.Split(want, "\n"), strings.Split(got, "\n")
	for _, line := range a {
		if !slices.Contains(c, line) {
			fmt.Fprintln(&b, "-", line)
		}
	}
	for _, line := range c {
		if !slices.Contains(a, line) {
			fmt.Fprintln(&b, "+", line)
		}
	}
	return b.String()
}
