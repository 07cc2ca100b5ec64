// Package play acts out how an application comes onto a cluster, and what breaks there later: the operator works, and
// wpctl alone says how far it is. The end-to-end test plays all of it, the demo its first acts.
package play

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/e2e"
	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
)

// The plans of the story.
const (
	AppPlan      = "harbour-apps/workplans/APPS-WP-0002.md"
	LessonsPlan  = "harbour-apps/workplans/APPS-WP-0004.md"
	PlatformPlan = "harbour-platform/workplans/PLAT-WP-0003.md"
)

// PlanOf returns the file of a plan of harbour-apps.
func PlanOf(id string) string { return "harbour-apps/workplans/" + id + ".md" }

// Audience is who watches: a test, or a person at a terminal. Fatal and Fatalf do not return.
type Audience interface {
	Context() context.Context
	Helper()
	Fatal(...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

// Stage is where the story is acted: the world, the repositories, and the operator's own folder.
type Stage struct {
	Audience
	World *cast.World
	Dir   string // with the repositories
	Home  string // the operator's

	// Told is called with what happens in the world, Look with each command of wpctl before it runs, and Saw with what
	// it printed; Shown with what the hub shows. Out, where it is set, gets what wpctl prints at once.
	Told     func(text string)
	Look     func(args []string)
	Saw      func(args []string, out string, code int)
	Shown    func(what, text string)
	Out, Err *os.File

	env      []string
	wpctl    string
	synced   bool   // the hub is told what a run sees
	released string // the commit that the released image was built of
	dropped  []byte // what a definition said of a field that it has no more
}

// Programs are what the operator works with.
type Programs struct {
	cast.Programs
	Helm, Sops string
}

func newStage(a Audience, dir string, programs Programs) *Stage {
	return &Stage{
		Audience: a, Dir: filepath.Join(dir, "repositories"), Home: filepath.Join(dir, "home"), wpctl: programs.Wpctl,
		Told: func(string) {}, Look: func([]string) {}, Saw: func([]string, string, int) {}, Shown: func(string, string) {},
	}
}

// NewStage brings up the world in a folder, still without its platform, and writes the repositories.
func NewStage(a Audience, dir string, programs Programs) *Stage {
	s := newStage(a, dir, programs)
	world := filepath.Join(dir, "world")
	s.must(os.MkdirAll(world, 0o755))
	var err error
	s.World, err = cast.New(s.Context(), world, programs.Programs)
	s.must(err)
	s.furnish(programs)
	return s
}

// furnish writes the repositories and the operator's folder.
func (s *Stage) furnish(programs Programs) {
	path := os.Getenv("PATH")
	for _, program := range []string{programs.Helm, programs.Sops} {
		if program != "" {
			path = filepath.Dir(program) + string(os.PathListSeparator) + path
		}
	}
	s.env = []string{
		"PATH=" + path, "HOME=" + s.Home, "COLUMNS=" + os.Getenv("COLUMNS"),
		"XDG_CONFIG_HOME=", "XDG_STATE_HOME=", "XDG_CACHE_HOME=", "SOPS_AGE_KEY_FILE=", "WPCTL_CONFIG_DIR=", "WPCTL_STATE_DIR=", "WPCTL_CACHE_DIR=", "CI=",
		"SSL_CERT_FILE=" + s.World.CAFile, "KUBECONFIG=" + os.Getenv("KUBECONFIG"), "HELM_CACHE_HOME=" + filepath.Join(s.Home, "helm"),
		"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_AUTHOR_NAME=Operator", "GIT_AUTHOR_EMAIL=operator@harbour.test", "GIT_AUTHOR_DATE=2026-11-02T09:00:00Z",
		"GIT_COMMITTER_NAME=Operator", "GIT_COMMITTER_EMAIL=operator@harbour.test", "GIT_COMMITTER_DATE=2026-11-02T09:00:00Z",
	}
	workspace, err := fs.Sub(e2e.Workspace, "workspace")
	if err == nil {
		err = os.CopyFS(s.Dir, workspace)
	}
	s.must(err)
	s.replace("harbour-apps/.wpctl.yaml", "sandbox-e2e", s.kubeContext())
	s.write(s.Home+"/.config/wpctl/config.yaml", `grants:
  run: [sh, exec]
  credentials: {~/.config/forge/token: [forge.harbour.test]}
hub: {tokens: {"`+cast.HubAddress+`": hub.token}}
`)
	for _, repo := range []string{"harbour-apps", "fundbuero", "harbour-platform"} {
		s.tool(repo, "git", "init", "-q", "-b", "main")
		s.commit(repo, "What is there")
	}
}

// kubeContext is the cluster's name in the kubeconfig.
func (s *Stage) kubeContext() string {
	s.Helper()
	b, err := os.ReadFile(os.Getenv("KUBECONFIG"))
	s.must(err)
	var config struct {
		Current string `yaml:"current-context"`
	}
	s.must(yaml.Unmarshal(b, &config))
	return config.Current
}

// tool runs a program of the operator in a repository, and ends the test where it fails.
func (s *Stage) tool(repo, name string, args ...string) string {
	s.Helper()
	out, err := cast.Run(s.Context(), filepath.Join(s.Dir, repo), s.env, s.program(name), args...)
	s.must(err)
	return out
}

// program finds a program on the operator's PATH.
func (s *Stage) program(name string) string {
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

func (s *Stage) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// Read returns the text of a file of the repositories.
func (s *Stage) Read(path string) string {
	s.Helper()
	b, err := os.ReadFile(filepath.Join(s.Dir, path))
	s.must(err)
	return string(b)
}

// write writes a file of the repositories, or one with a whole path.
func (s *Stage) write(path, text string) {
	s.Helper()
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.Dir, path)
	}
	s.must(os.MkdirAll(filepath.Dir(path), 0o755))
	s.must(os.WriteFile(path, []byte(text), 0o600))
}

// replace changes a text that stands in a file once.
func (s *Stage) replace(path, old, with string) {
	s.Helper()
	text := s.Read(path)
	if strings.Count(text, old) != 1 {
		s.Fatalf("%s: %q stands there %d times", path, old, strings.Count(text, old))
	}
	s.write(path, strings.Replace(text, old, with, 1))
}

// act copies what an act adds to the repositories.
func (s *Stage) act(name string) {
	s.Helper()
	s.must(fs.WalkDir(e2e.Acts, "acts/"+name, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := e2e.Acts.ReadFile(path)
		s.write(strings.TrimPrefix(path, "acts/"+name+"/"), string(b))
		return err
	}))
}

func (s *Stage) commit(repo, message string) {
	s.Helper()
	s.tool(repo, "git", "add", "-A")
	s.tool(repo, "git", "commit", "-q", "--allow-empty", "-m", message)
}

// apply applies manifests of a repository.
func (s *Stage) apply(files ...string) {
	s.Helper()
	for _, file := range files {
		s.must(s.World.Kube.ApplyFile(s.Context(), filepath.Join(s.Dir, file)))
	}
}

// ageKey makes the operator's key, and returns for whom it opens.
func (s *Stage) ageKey() string {
	s.Helper()
	id, err := age.GenerateX25519Identity()
	s.must(err)
	s.write(s.keyFile(), id.String()+"\n")
	return id.Recipient().String()
}

func (s *Stage) keyFile() string { return s.Home + "/.config/sops/age/keys.txt" }

// Diff shows on Out what has changed in a file of a repository since it was committed.
func (s *Stage) Diff(path string) {
	s.Helper()
	repo, file, _ := strings.Cut(path, "/")
	cmd := exec.CommandContext(s.Context(), "git", "--no-pager", "diff", "-U1", "--no-ext-diff", "--", file)
	cmd.Dir, cmd.Env, cmd.Stdout = filepath.Join(s.Dir, repo), append(os.Environ(), s.env...), s.Out
	s.must(cmd.Run())
}

// Line is a call of wpctl as one types it.
func Line(args []string) string {
	line := "wpctl"
	for _, arg := range args {
		if strings.ContainsAny(arg, " '") {
			arg = `"` + arg + `"`
		}
		line += " " + arg
	}
	return line
}

// Wpctl runs wpctl in the repository of the plans, and returns what it printed and its exit code.
func (s *Stage) Wpctl(args ...string) (string, int) {
	s.Helper()
	s.Look(args)
	cmd := exec.CommandContext(s.Context(), s.wpctl, args...)
	cmd.Dir, cmd.Env = filepath.Join(s.Dir, "harbour-apps"), append(os.Environ(), s.env...)
	var out, progress bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &progress
	if s.Out != nil {
		cmd.Stdout = s.Out
	}
	if s.Err != nil {
		cmd.Stderr = s.Err
	}
	began := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	s.Logf("wpctl %s: exit code %d in %s", strings.Join(args, " "), code, time.Since(began).Round(100*time.Millisecond))
	if code == 2 {
		s.Fatalf("wpctl %s ended with exit code 2: %s%s", strings.Join(args, " "), out.String(), progress.String())
	}
	s.Saw(args, out.String(), code)
	return out.String(), code
}
