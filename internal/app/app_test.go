package app_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// bench is an app in a folder of its own, with kinds that look at facts: fact and kube read one, act runs code.
type bench struct {
	*app.App
	t     testing.TB
	home  string
	mu    sync.Mutex
	facts map[string]string
	did   []string
	when  map[string]func() // called when a fact is looked at
}

type factArgs struct {
	Fact string `yaml:"fact"`
}

type factSelf struct {
	Value string `json:"value"`
}

// newBench sets an app up; files are a name and its text in turn.
func newBench(t testing.TB, files ...string) *bench {
	t.Helper()
	b := &bench{t: t, home: t.TempDir(), facts: map[string]string{}, when: map[string]func(){}}
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b.App = &app.App{Dir: dir}
	for i := 0; i < len(files); i += 2 {
		b.write(files[i], files[i+1])
	}
	b.open(nil)
	return b
}

// open wires the app anew, as a further call of wpctl would.
func (b *bench) open(flags map[string]string) {
	b.t.Helper()
	cfg, diags, err := config.Load(config.Options{
		Dir: b.Dir, UserDir: filepath.Join(b.home, "config"), Flags: flags,
		Env: func(name string) (string, bool) { return b.home, name == "HOME" },
	})
	if err != nil || diags.Errors() {
		b.t.Fatal(err, diags)
	}
	rules := &clientcmd.ClientConfigLoadingRules{Precedence: []string{filepath.Join(b.Dir, "kubeconfig")}}
	clusters := cluster.New(cluster.Options{Rules: rules, Contexts: cfg.Clusters, Default: cfg.Defaults.Cluster})
	b.t.Cleanup(clusters.Close)
	kinds, err := check.NewRegistry(b.kind("fact"), b.kind("kube", check.ClusterRead), b.kind("act", check.RunsCode))
	if err != nil {
		b.t.Fatal(err)
	}
	*b.App = app.App{
		Inside: steps.NewInside(steps.Deps{}),
		Dir:    b.Dir, Version: "test", Config: cfg, ConfigDiags: diags, Kinds: kinds, Exprs: expr.NewCompiler(), Clusters: clusters,
		Redactor: &policy.Redactor{}, Env: func(string) (string, bool) { return "", false }, Now: time.Now, Logger: hclog.NewNullLogger(),
		State: func() (*state.Store, error) { return state.Open(filepath.Join(b.home, "state")) },
		Files: disk.Files{Locks: filepath.Join(b.home, "locks")},
	}
}

func (b *bench) kind(name string, caps ...check.Capability) check.Kind {
	return check.Define(check.Spec[factArgs]{
		Name: name, Doc: "d", Example: "e", Bare: "fact", Self: factSelf{}, Caps: caps,
		Target: func(a factArgs) string { return a.Fact },
		Look: func(ctx context.Context, at check.Site, a factArgs) (check.Result, error) {
			b.mu.Lock()
			v, f := b.facts[a.Fact], b.when[a.Fact]
			b.did = append(b.did, name+" "+a.Fact)
			b.mu.Unlock()
			if f != nil {
				f()
			}
			if ctx.Err() != nil {
				return check.Result{}, ctx.Err()
			}
			if secret, ok := strings.CutPrefix(v, "secret "); ok {
				at.Secret(secret)
				v = "ok"
			}
			switch v {
			case "error":
				return check.Result{}, errors.New("the line is dead")
			case "person":
				return check.Result{}, &check.Waiting{For: "a person"}
			case "auth":
				return check.Result{}, &check.Unauthenticated{Err: errors.New("who are you")}
			}
			_, fault, _ := strings.Cut(v, "fault ")
			return check.Result{OK: strings.HasPrefix(v, "ok"), Fault: fault, Want: a.Fact + " ok", Saw: a.Fact + " " + v, Self: factSelf{v}}, nil
		},
	})
}

func (b *bench) write(name, text string) {
	b.t.Helper()
	path := filepath.Join(b.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) string {
	b.t.Helper()
	src, err := os.ReadFile(filepath.Join(b.Dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(src)
}

// run runs a request with the plans' code trusted.
func (b *bench) run(req app.RunRequest) app.RunResult {
	b.t.Helper()
	req.TrustAll = true
	if req.Plans == nil {
		req.Plans = []string{"p.md"}
	}
	res, err := b.Run(b.t.Context(), req)
	if err != nil || res.Diags.Errors() {
		b.t.Fatal(err, res.Diags)
	}
	return res
}

// set sets facts, written as name=value.
func (b *bench) set(facts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range facts {
		name, value, _ := strings.Cut(f, "=")
		b.facts[name] = value
	}
}

// plan makes the workplan P of tasks, each "T01 status: step; step" with no needs, and a plan's own steps after "own".
func plan(status string, tasks ...string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "---\nid: P\ntype: workplan\nstatus: %s\norder: independent\n---\n\n# A plan\n", status)
	for _, t := range tasks {
		head, steps, _ := strings.Cut(t, ":")
		f := strings.Fields(head)
		if f[0] == "own" {
			s.WriteString("\n## Contract\n")
		} else {
			fmt.Fprintf(&s, "\n### %s — a task\n\n```task\nid: P-%s\nstatus: %s\n```\n", f[0], f[0], f[1])
		}
		if strings.TrimSpace(steps) == "" {
			continue
		}
		s.WriteString("\n```verify\n")
		for step := range strings.SplitSeq(steps, ";") {
			s.WriteString("- {" + strings.TrimSpace(step) + "}\n")
		}
		s.WriteString("```\n")
	}
	return s.String()
}

// statuses are those of the file, in its order.
func statuses(src string) string {
	var out []string
	for line := range strings.Lines(src) {
		if s, ok := strings.CutPrefix(strings.TrimSpace(line), "status: "); ok {
			out = append(out, s)
		}
	}
	return strings.Join(out, " ")
}
