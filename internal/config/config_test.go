package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// place is a repository and a user for one test.
type place struct {
	t          *testing.T
	root, user string
	env        map[string]string
}

func newPlace(t *testing.T) *place {
	base := t.TempDir()
	p := &place{
		t: t, root: filepath.Join(base, "repo"), user: filepath.Join(base, "home", ".config", "wpctl"),
		env: map[string]string{"HOME": filepath.Join(base, "home")},
	}
	p.write(filepath.Join(p.root, ".git", "HEAD"), "")
	return p
}

func (p *place) write(path, text string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) repoFile(text string) { p.write(filepath.Join(p.root, FileName), text) }
func (p *place) userFile(text string) { p.write(filepath.Join(p.user, UserFileName), text) }

func (p *place) lookup(name string) (string, bool) { v, ok := p.env[name]; return v, ok }

// load returns the configuration and its diagnostics, one a line, with their hints and REPO and USER for the folders.
func (p *place) load(flags map[string]string) (*Config, string) {
	p.t.Helper()
	c, problems, err := Load(Options{Dir: p.root, Env: p.lookup, Flags: flags})
	if err != nil {
		p.t.Fatal(err)
	}
	var out strings.Builder
	for _, d := range problems {
		out.WriteString(string(d.Severity) + " " + d.String() + "\n")
		if d.Hint != "" {
			out.WriteString("  hint: " + d.Hint + "\n")
		}
	}
	return c, p.short(out.String())
}

func (p *place) short(s string) string {
	return strings.NewReplacer(p.root, "REPO", p.user, "USER").Replace(s)
}

func TestNothingIsConfigured(t *testing.T) {
	p := newPlace(t)
	c, problems := p.load(nil)
	if problems != "" {
		t.Error(problems)
	}
	want := []Setting{
		{"findings", "full", "default"},
		{"keep.age", "90d", "default"},
		{"keep.runs", "200", "default"},
		{"parallelism", "10", "default"},
		{"plans", "workplans/**/*.md", "default"},
	}
	if d := cmp.Diff(want, c.Origins()); d != "" {
		t.Error(d)
	}
	if c.Root != p.root || !c.Git || c.File != "" || c.UserFile != filepath.Join(p.user, UserFileName) {
		t.Errorf("%+v", c)
	}
}

func TestPrecedence(t *testing.T) {
	const user, repo = "defaults: {within: 1m}\n", "\ndefaults:\n  within: 2m\n"
	for _, row := range []struct {
		name                  string
		user, repo, env, flag string
		want                  Setting
	}{
		{"the user's file holds where nobody else speaks", user, "", "", "", Setting{"", "1m", "USER/config.yaml:1"}},
		{"the repository's file beats the user's", user, repo, "", "", Setting{"", "2m", "REPO/.wpctl.yaml:3"}},
		{"the environment beats both files", user, repo, "3m", "", Setting{"", "3m", "env WPCTL_WITHIN"}},
		{"a flag beats everything", user, repo, "3m", "4m", Setting{"", "4m", "flag --within"}},
		{"a flag needs no file", "", "", "", "1h30m", Setting{"", "1h30m", "flag --within"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPlace(t)
			if row.user != "" {
				p.userFile(row.user)
			}
			if row.repo != "" {
				p.repoFile(row.repo)
			}
			p.env["WPCTL_WITHIN"] = row.env
			flags := map[string]string{}
			if row.flag != "" {
				flags["within"] = row.flag
			}
			c, problems := p.load(flags)
			if problems != "" {
				t.Error(problems)
			}
			got := Setting{"", c.value("defaults.within"), p.short(c.Origin("defaults.within"))}
			if got != row.want {
				t.Errorf("got %+v, want %+v", got, row.want)
			}
		})
	}
}

func TestEveryNamedSettingIsTakenFromFlagAndEnvironment(t *testing.T) {
	values := map[string]string{
		"plans": "a/*.md, b.md", "cluster": "prod", "namespace": "web", "timeout": "7s", "within": "2m", "every": "3s",
		"findings": "summary", "parallelism": "3", "keep-runs": "5", "keep-age": "7d",
		"grant-run": "sh, job", "grant-env": "DB_*", "grant-credential": "REGISTRY=r.example.org,*.example.org; HUB=hub.example.org",
	}
	p := newPlace(t)
	c, problems := p.load(values)
	if problems != "" {
		t.Error(problems)
	}
	want := Settings{
		Plans: []string{"a/*.md", "b.md"}, Findings: "summary", Parallelism: 3, Keep: Keep{5, 7 * 24 * time.Hour},
		Defaults: Defaults{"prod", "web", 7 * time.Second, 2 * time.Minute, 3 * time.Second},
		Grants: Grants{
			[]string{"sh", "job"},
			[]string{"DB_*"},
			map[string][]string{"REGISTRY": {"r.example.org", "*.example.org"}, "HUB": {"hub.example.org"}},
		},
		Keys: map[string]string{},
	}
	if d := cmp.Diff(want, c.Settings); d != "" {
		t.Error(d)
	}
	for _, n := range nameds {
		if n.env != "" {
			p.env[n.env] = values[n.flag]
		}
	}
	fromEnv, problems := p.load(nil)
	want.Grants = Grants{[]string{}, []string{}, map[string][]string{}}
	if d := cmp.Diff(want, fromEnv.Settings); d != "" || problems != "" {
		t.Error(d, problems)
	}
}

func TestMapsAreMergedByName(t *testing.T) {
	p := newPlace(t)
	p.userFile("clusters: {lab: minikube, prod: mine}\n")
	p.repoFile("clusters: {prod: railiance}\naliases: {OLD-1: NEW-1}\n")
	c, problems := p.load(nil)
	if problems != "" {
		t.Error(problems)
	}
	if d := cmp.Diff(map[string]string{"lab": "minikube", "prod": "railiance"}, c.Clusters); d != "" {
		t.Error(d)
	}
	if c.Alias("OLD-1") != "NEW-1" || c.Alias("X") != "X" {
		t.Errorf("%+v", c.Settings)
	}
	if got := p.short(c.Origin("clusters.prod") + " " + c.Origin("clusters.lab")); got != "REPO/.wpctl.yaml:1 USER/config.yaml:1" {
		t.Error(got)
	}
}

// Words for statuses are one vocabulary: the repository's takes the place of the user's.
func TestStatuses(t *testing.T) {
	p := newPlace(t)
	p.userFile("statuses: {todo: open, done: closed}\n")
	c, problems := p.load(nil)
	if problems != "" || c.Words.Of("todo") != "open" {
		t.Error(problems, c.Words.Key())
	}
	p.repoFile("statuses:\n  todo: open\n  in_progress: doing\n")
	if c, problems = p.load(nil); problems != "" || c.Words.Key() != "in_progress=doing\ntodo=open\n" {
		t.Error(problems, c.Words.Key())
	}
	if got := p.short(c.Origin("statuses.in_progress") + " " + c.Origin("statuses.done")); got != "REPO/.wpctl.yaml:3 " {
		t.Error(got)
	}
}

func TestDiagnostics(t *testing.T) {
	for _, row := range []struct{ name, file, want string }{
		{"a misspelt key", "planz: [a.md]\n", `
error REPO/.wpctl.yaml:1:1: no key "planz" here (unknown-key)
  hint: did you mean "plans"?`},
		{"a misspelt key below another", "défaults: {}\ndefaults: {\"ä\": 1, clustr: prod}\n", `
error REPO/.wpctl.yaml:1:1: no key "défaults" here (unknown-key)
  hint: did you mean "defaults"?
error REPO/.wpctl.yaml:2:12: no key "ä" here (unknown-key)
  hint: known keys: cluster, namespace, timeout, within, every
error REPO/.wpctl.yaml:2:21: no key "clustr" here (unknown-key)
  hint: did you mean "cluster"?`},
		{"keys of the author's own", "x-note: hello\n", ""},
		{"a value outside its choice", "findings: ful\n", `
error REPO/.wpctl.yaml:1:11: "ful" is no value of findings (bad-value)
  hint: did you mean "full"?`},
		{"wrong types", "parallelism: many\nkeep: 5\ndefaults: {timeout: 30}\nplans: {a: b}\n", `
error REPO/.wpctl.yaml:1:14: wanted a whole number, found "many" (wrong-type)
error REPO/.wpctl.yaml:2:7: wanted a mapping with the keys runs, age, found "5" (wrong-type)
error REPO/.wpctl.yaml:3:21: wanted a duration such as 30s, 5m, 1h30m or 90d, found "30" (wrong-type)
  hint: did you mean "30s"?
error REPO/.wpctl.yaml:4:8: wanted a list, found a mapping (wrong-type)`},
		{"a key that stands twice", "findings: full\nfindings: none\n", `
error REPO/.wpctl.yaml:2:1: the key "findings" stands twice (duplicate-key)`},
		{"values that make no sense", "parallelism: 0\nkeep: {runs: 0, age: 0s}\nplans: ['a[.md', '']\nrepos: {../x: y, z: ''}\naliases: {a b: c, d: d}\nclusters: {p: ''}\n", `
error REPO/.wpctl.yaml:1:14: at least 1 step must be able to look (bad-value)
error REPO/.wpctl.yaml:2:14: at least 1 run is kept (bad-value)
error REPO/.wpctl.yaml:2:22: runs are kept for some time (bad-value)
error REPO/.wpctl.yaml:3:9: "a[.md" is no glob: syntax error in pattern (bad-value)
error REPO/.wpctl.yaml:3:18: "" is no glob: it is empty (bad-value)
error REPO/.wpctl.yaml:4:9: a repository's name has letters, digits, dots, dashes and slashes (bad-value)
error REPO/.wpctl.yaml:4:21: the path of a checkout is missing (bad-value)
error REPO/.wpctl.yaml:5:11: an id has letters, digits, dots, underscores and dashes (bad-value)
error REPO/.wpctl.yaml:5:22: an alias of itself (bad-value)
error REPO/.wpctl.yaml:6:15: the kubeconfig context is missing (bad-value)`},
		{"words that cannot stand for a status", "statuses:\n  done: closed\n  failed: closed\n  finished: closed\n  doing: in_progress\n  todo: blocked\n  draft: 'a: b'\n  active:\n", `
error REPO/.wpctl.yaml:3:11: "closed" is the word for done already, which tasks can be, too (bad-value)
  hint: choose another word
error REPO/.wpctl.yaml:5:3: there is no status "doing" (bad-value)
  hint: the status comes first: in_progress: doing
error REPO/.wpctl.yaml:6:9: "blocked" is another status of tasks already (bad-value)
  hint: choose a word of your own
error REPO/.wpctl.yaml:7:10: "a: b" cannot be a word for a status (bad-value)
  hint: up to 40 letters, digits, dots, dashes, underscores, slashes and single blanks, beginning with a letter, that YAML takes for a text
error REPO/.wpctl.yaml:8:10: wanted a string, found nothing (wrong-type)
  hint: leave the key out, or write a value`},
		{"no YAML", "plans: [a\n", `
error REPO/.wpctl.yaml:2:1: did not find expected ',' or ']' (bad-yaml)`},
		{"a tab", "defaults:\n\tcluster: x\n", `
error REPO/.wpctl.yaml:2:1: found character that cannot start any token (bad-yaml)`},
		{"two documents", "findings: full\n---\nfindings: none\n", `
error REPO/.wpctl.yaml:2:1: a second document begins here, and only one is read (bad-yaml)`},
		{"a list", "- a\n", `
error REPO/.wpctl.yaml:1:1: wanted a mapping with the keys plans, repos, aliases, clusters, defaults, statuses, kinds, lint, findings, parallelism, keep, grants, hub, templates, keys, found a list (wrong-type)`},
		{"secrets in the wrong place are not repeated", "grants: {env: [A=hunter2], credentials: {T: ghp_012345678901234567890, U: 'https://u:hunter2@h'}}\n", `
error REPO/.wpctl.yaml:1:16: wanted an environment name, with or without a * at its end (bad-value)
error REPO/.wpctl.yaml:1:45: wanted a host for T (bad-value)
  hint: registry.example.org, *.example.org or registry.example.org:5000
error REPO/.wpctl.yaml:1:75: wanted a host for U (bad-value)
  hint: registry.example.org, *.example.org or registry.example.org:5000`},
		{"an alias of itself", "plans: &a [*a]\nx-b: &b {c: *b}\n", `
error REPO/.wpctl.yaml:1:8: wanted a string, found a list (wrong-type)
error REPO/.wpctl.yaml:1:12: "" is no glob: it is empty (bad-value)`},
		{"nothing at all", "", ""},
		{"comments only", "# later\n---\n", ""},
		{"null", "null\n", ""},
		{"a byte order mark and CRLF", "\ufefffindings: ful\r\nplanz: x\r\n", `
error REPO/.wpctl.yaml:1:14: "ful" is no value of findings (bad-value)
  hint: did you mean "full"?
error REPO/.wpctl.yaml:2:1: no key "planz" here (unknown-key)
  hint: did you mean "plans"?`},
		{"bytes that are no text", "findings: \xff\n", `
error REPO/.wpctl.yaml: the file is not UTF-8 (bad-encoding)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := newPlace(t)
			p.repoFile(row.file)
			_, got := p.load(nil)
			if d := cmp.Diff(strings.TrimPrefix(row.want, "\n"), strings.TrimSuffix(got, "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDiagnosticsOfFlagsAndEnvironment(t *testing.T) {
	p := newPlace(t)
	p.env["WPCTL_TIMEOUT"] = "soon"
	_, got := p.load(map[string]string{"parallelism": "0", "grant-credential": "TOKEN", "grant-env": "A-B", "findigs": "full"})
	want := `
error env WPCTL_TIMEOUT: wanted a duration such as 30s, 5m, 1h30m or 90d, found "soon" (wrong-type)
error flag --findigs: no setting has this flag (unknown-flag)
  hint: did you mean "findings"?
error flag --grant-credential: wanted NAME=HOST,HOST (bad-value)
error flag --grant-env: wanted an environment name, with or without a * at its end (bad-value)
error flag --parallelism: at least 1 step must be able to look (bad-value)
`
	if d := cmp.Diff(strings.TrimPrefix(want, "\n"), got); d != "" {
		t.Error(d)
	}
}

func TestUnreadableFileIsAnError(t *testing.T) {
	p := newPlace(t)
	path := filepath.Join(p.root, FileName)
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	c, _, err := Load(Options{Dir: p.root, Env: p.lookup})
	if err == nil || !strings.Contains(err.Error(), path) || c == nil {
		t.Error(err)
	}
}

func TestNearestFileUpToTheRepository(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(filepath.Dir(p.root), FileName), "findings: none\n")
	deep := filepath.Join(p.root, "a", "b")
	p.write(filepath.Join(deep, "x"), "")
	load := func() *Config {
		c, problems, err := Load(Options{Dir: deep, Env: p.lookup})
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		return c
	}
	if c := load(); c.File != "" || c.Findings != "full" || c.Root != p.root {
		t.Errorf("it went beyond the repository: %q", c.File)
	}
	p.repoFile("findings: summary\n")
	if c := load(); c.Findings != "summary" {
		t.Errorf("it did not find the repository's: %+v", c.Settings)
	}
	p.write(filepath.Join(p.root, "a", FileName), "parallelism: 2\n")
	if c := load(); c.Findings != "full" || c.Parallelism != 2 {
		t.Errorf("the nearest file is not the only one: %+v", c.Settings)
	}
}

func TestOutsideOfGit(t *testing.T) {
	dir := t.TempDir()
	if _, git := Root(dir); git {
		t.Skip("the temporary folder is in a git checkout")
	}
	deep := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	none := func(string) (string, bool) { return "", false }
	c, _, err := Load(Options{Dir: deep, Env: none})
	if err != nil || c.Root != deep || c.Git || c.UserFile != "" {
		t.Errorf("%+v, %v", c, err)
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if c, _, err = Load(Options{Dir: deep, Env: none}); err != nil || c.Root != dir {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestDirs(t *testing.T) {
	for _, row := range []struct {
		name, want string
		env        map[string]string
	}{
		{"in the home folder", "/home/u/.config/wpctl /home/u/.local/state/wpctl /home/u/.cache/wpctl", nil},
		{"by XDG", "/c/wpctl /s/wpctl /x/wpctl", map[string]string{"XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/x"}},
		{"relative XDG folders are ignored", "/home/u/.config/wpctl /home/u/.local/state/wpctl /home/u/.cache/wpctl", map[string]string{"XDG_CONFIG_HOME": "c", "XDG_STATE_HOME": "s", "XDG_CACHE_HOME": "x"}},
		{"by our own names", "/1 /2 /3", map[string]string{"WPCTL_CONFIG_DIR": "/1", "WPCTL_STATE_DIR": "/2", "WPCTL_CACHE_DIR": "/3", "XDG_CONFIG_HOME": "/c"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			env := func(name string) (string, bool) {
				if name == "HOME" {
					return "/home/u", true
				}
				v, ok := row.env[name]
				return v, ok
			}
			var got []string
			for _, f := range []func(Env) (string, error){configDir, StateDir, CacheDir} {
				dir, err := f(env)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, dir)
			}
			if strings.Join(got, " ") != row.want {
				t.Errorf("got %q", got)
			}
		})
	}
	if _, err := StateDir(func(string) (string, bool) { return "", false }); err == nil || err.Error() != "there is no home folder: set WPCTL_STATE_DIR" {
		t.Error(err)
	}
}

func TestRepos(t *testing.T) {
	p := newPlace(t)
	base := filepath.Dir(p.root)
	p.write(filepath.Join(base, "other", ".git"), "gitdir: elsewhere\n") // a worktree
	p.write(filepath.Join(base, "secrets", "key"), "")
	p.write(filepath.Join(base, "home", "src", "mine", "x"), "")
	p.repoFile("repos:\n  other: ../other\n  peek: ../secrets\n  gone: ../gone\n")
	p.userFile("repos: {mine: ~/src/mine, near: ../../../secrets}\n")
	c, problems := p.load(nil)
	if problems != "" {
		t.Error(problems)
	}
	for _, row := range []struct{ name, dir, line string }{
		{"other", "other", ""},
		{"mine", "home/src/mine", ""},
		{"near", "secrets", ""}, // the user may name any folder
		{"peek", "", "REPO/.wpctl.yaml:3: repos.peek: BASE/secrets is no git checkout"},
		{"gone", "", "REPO/.wpctl.yaml:4: repos.gone: BASE/gone is no folder"},
		{"none", "", "REPO/.wpctl.yaml has no line `repos: {none: ../none}`"},
	} {
		dir, ok := c.Repo(row.name)
		if want := filepath.Join(base, row.dir); ok != (row.dir != "") || ok && dir != want {
			t.Errorf("%s: %q, %v", row.name, dir, ok)
		}
		if row.line != "" {
			if got := strings.ReplaceAll(p.short(c.RepoLine(row.name)), base, "BASE"); got != row.line {
				t.Errorf("%s: %s", row.name, got)
			}
		}
	}
}

// TestAliasesThatMultiply is a small file that stands for a milliard of values.
func TestAliasesThatMultiply(t *testing.T) {
	row := func(item string) string { return "[" + strings.Repeat(item+",", 1000) + "]" }
	p := newPlace(t)
	p.repoFile("x-a: &a " + row("x") + "\nx-b: &b " + row("*a") + "\nx-c: &c " + row("*b") + "\nplans: *c\n")
	start := time.Now()
	if _, problems := p.load(nil); problems == "" {
		t.Error("it was taken")
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("plans: [a]\ngrants: {env: [A*]}\n"))
	f.Add([]byte("\ufeffrepos: {a: &b c, d: *b}\n---\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		l := &layer{kind: repoLayer, path: "p", plansDir: "/"}
		l.parse(src)
		for _, d := range l.problems {
			if d.Pos.Line > l.file.Lines() || d.Pos.Line > 0 && d.Pos.Col > len(l.file.Line(d.Pos.Line))+2 {
				t.Errorf("%s is beyond the file", d)
			}
		}
		c := &Config{origins: map[string]string{}, repos: map[string]source{}}
		c.take(l)
		c.grant([]*layer{l})
		if len(c.Grants.Env)+len(c.Grants.Run)+len(c.Grants.Credentials)+len(c.Keys) > 0 {
			t.Errorf("a repository granted %+v", c.Grants)
		}
		for _, s := range c.Origins() {
			_ = s
		}
	})
}
