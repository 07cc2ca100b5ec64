package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestHostileRepository is a repository's file that tries to grant itself what the user did not.
func TestHostileRepository(t *testing.T) {
	p := newPlace(t)
	p.userFile(`grants:
  run: [sh, job]
  env: [DB_*, HOME]
  credentials:
    REGISTRY: [registry.example.org, "*.internal"]
    HUB: [hub.example.org]
keys: {bernd: ssh-ed25519 AAAA}
`)
	p.repoFile(`grants:
  run: ["*"]
  env: [DB_HOST, AWS_*, "*"]
  credentials:
    REGISTRY: [registry.example.org:443, evil.example, "*"]
    AWS: [evil.example]
keys: {mallory: ssh-ed25519 EEEE, bernd: ssh-ed25519 AAAA}
`)
	c, got := p.load(nil)
	want := `
warning REPO/.wpctl.yaml:2:9: "*" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:3:18: "AWS_*" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:3:25: "*" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:5:42: "evil.example" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:5:56: "*" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:6:10: the credential "AWS" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
warning REPO/.wpctl.yaml:7:17: trust in the key "mallory" is not granted by you, and a repository cannot grant it: ignored (grant-ignored)
`
	got = strings.ReplaceAll(got, "  hint: if you want it, write it into USER/config.yaml\n", "")
	if d := cmp.Diff(strings.TrimPrefix(want, "\n"), got); d != "" {
		t.Error(d)
	}
	wantGrants := Grants{
		Run: []string{"sh", "job"}, Env: []string{"DB_HOST", "DB_*", "HOME"},
		Credentials: map[string][]string{"REGISTRY": {"registry.example.org:443", "registry.example.org", "*.internal"}},
	}
	if d := cmp.Diff(wantGrants, c.Grants); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(map[string]string{"bernd": "ssh-ed25519 AAAA"}, c.Keys); d != "" {
		t.Error(d)
	}
	if got := p.short(c.Origin("grants.env")); got != "USER/config.yaml:3, narrowed by REPO/.wpctl.yaml:3" {
		t.Error(got)
	}
}

func TestRepositoryAloneGrantsNothing(t *testing.T) {
	p := newPlace(t)
	p.repoFile("grants: {run: [sh], env: [HOME], credentials: {A: [b]}}\nkeys: {m: k}\n")
	p.env["WPCTL_GRANT_RUN"], p.env["WPCTL_GRANTS_RUN"] = "sh", "sh"
	c, _ := p.load(nil)
	if d := cmp.Diff(Grants{[]string{}, []string{}, map[string][]string{}}, c.Grants); d != "" || len(c.Keys) > 0 {
		t.Error(d, c.Keys)
	}
}

func TestRepositoryNarrows(t *testing.T) {
	p := newPlace(t)
	p.userFile("grants: {run: ['*'], env: ['DB_*'], credentials: {A: [a.org, b.org], B: [b.org]}}\n")
	p.repoFile("grants: {run: [sh], env: [], credentials: {A: [a.org]}}\n")
	c, problems := p.load(map[string]string{"grant-env": "HOME"})
	if problems != "" {
		t.Error(problems)
	}
	if d := cmp.Diff(Grants{[]string{"sh"}, []string{}, map[string][]string{"A": {"a.org"}}}, c.Grants); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Grants{[]string{"sh"}, []string{}, map[string][]string{"A": {"a.org"}}}, c.Limit); d != "" {
		t.Error(d)
	}
}

func TestPolicyOfABaseRevision(t *testing.T) {
	p := newPlace(t)
	p.repoFile("grants: {env: ['*']}\n")
	c, problems, err := Load(Options{Dir: p.root, Env: p.lookup, Policy: &Policy{
		Name: "origin/main:.wpctl.yaml", Src: []byte("findings: none\nplanz: x\ngrants: {run: [sh], env: [HOME]}\n"),
	}})
	if err != nil || c.Findings != "full" || !c.Grants.Runs("sh") || !c.Grants.Reads("HOME") || c.Grants.Reads("PATH") {
		t.Errorf("%+v, %v", c.Settings, err)
	}
	if c.Origin("grants.run") != "origin/main:.wpctl.yaml:3" || !strings.HasPrefix(problems[0].String(), `/`) || !problems.Errors() {
		t.Errorf("%s, %v", c.Origin("grants.run"), problems)
	}
}

func TestGrantsMatch(t *testing.T) {
	g := Grants{Run: []string{"sh"}, Env: []string{"DB_*", "HOME"}, Credentials: map[string][]string{
		"R": {"r.example.org", "*.Example.net:443", "[::1]:5000"}, "ALL": {"*"},
	}}
	for _, row := range []struct {
		name      string
		got, want bool
	}{
		{"a kind that is named", g.Runs("sh"), true},
		{"a kind that is not", g.Runs("job"), false},
		{"all kinds", Grants{Run: []string{"*"}}.Runs("job"), true},
		{"a name by its beginning", g.Reads("DB_HOST"), true},
		{"a name in other letters", g.Reads("db_host"), false},
		{"a longer name", g.Reads("HOMEX"), false},
		{"a pattern is no name", g.Reads("DB_*"), false},
		{"a host", g.Sends("R", "r.example.org"), true},
		{"a host in other letters and with a last dot", g.Sends("R", "R.Example.org."), true},
		{"a host with any port", g.Sends("R", "r.example.org:5000"), true},
		{"a host below", g.Sends("R", "a.b.example.net:443"), true},
		{"a host below at another port", g.Sends("R", "a.example.net:444"), false},
		{"a host below at no port", g.Sends("R", "a.example.net"), false},
		{"not the host above", g.Sends("R", "example.net:443"), false},
		{"not a host that ends likewise", g.Sends("R", "evilexample.net:443"), false},
		{"an address", g.Sends("R", "[::1]:5000"), true},
		{"another credential", g.Sends("X", "r.example.org"), false},
		{"any host", g.Sends("ALL", "x:1"), true},
		{"no host", g.Sends("ALL", "*"), false},
	} {
		if row.got != row.want {
			t.Errorf("%s: %v", row.name, row.got)
		}
	}
}

// TestNarrowIsAnIntersection: what is granted after narrowing is granted by both.
func TestNarrowIsAnIntersection(t *testing.T) {
	env := rapid.SliceOfN(rapid.StringMatching(`[AB]{0,3}\*?`), 0, 4)
	host := rapid.SliceOfN(rapid.StringMatching(`(\*|(\*\.)?[ab](\.[ab]){0,2})(:[12])?`), 0, 4)
	grants := rapid.Custom(func(t *rapid.T) Grants {
		g := Grants{Env: env.Draw(t, "env")}
		g.Run, g.Credentials = g.Env, map[string][]string{}
		for _, name := range rapid.SliceOf(rapid.SampledFrom([]string{"X", "Y"})).Draw(t, "names") {
			g.Credentials[name] = host.Draw(t, name)
		}
		return g
	})
	rapid.Check(t, func(t *rapid.T) {
		g, limit := grants.Draw(t, "granted"), grants.Draw(t, "limit")
		both := g.Narrow(limit)
		name := rapid.StringMatching(`[AB]{0,4}`).Draw(t, "name")
		if both.Reads(name) != (g.Reads(name) && limit.Reads(name)) {
			t.Errorf("%q: %q and %q give %q", name, g.Env, limit.Env, both.Env)
		}
		at := rapid.StringMatching(`[ab](\.[ab]){0,3}(:[12])?`).Draw(t, "host")
		if both.Sends("X", at) != (g.Sends("X", at) && limit.Sends("X", at)) {
			t.Errorf("%q: %q and %q give %q", at, g.Credentials["X"], limit.Credentials["X"], both.Credentials["X"])
		}
		again := both.Narrow(limit)
		if slices.Compare(again.Env, both.Env) != 0 && again.Reads(name) != both.Reads(name) {
			t.Errorf("narrowing twice differs: %q, %q", both.Env, again.Env)
		}
	})
}
