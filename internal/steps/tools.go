package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// toolsArgs are programs by name, each with a range of versions, or * where it only has to be there.
type toolsArgs map[string]string

// DescribeType tells how programs are written.
func (*toolsArgs) DescribeType() (string, map[string]any) {
	return `a mapping of programs, each a range of versions such as ">=1.30" or ">=3.14, <5", or "*" where it only has to be there; kubectl's plugins are kubectl-NAME`,
		map[string]any{"type": "object", "minProperties": 1, "additionalProperties": map[string]any{"type": []any{"string", "number"}}}
}

// toolsSelf is what a tools step saw.
type toolsSelf struct {
	Tools map[string]toolSeen `json:"tools" doc:"by name: those that are there"`
}

type toolSeen struct {
	Path    string `json:"path" doc:"where it is"`
	Version string `json:"version" doc:"what it says of itself; empty where the step does not ask"`
}

const maxTools = 100

// toolsKind looks for programs of this machine.
//
// A program that is not there, or of another version, is a finding; one that does not tell its version is unknown.
// Programs that are known here are asked for their version with arguments of ours, and outside of the checkout, whose
// files could choose another program or version. To ask any other one is to run what
// the plan names.
func toolsKind() check.Kind {
	return check.Define(check.Spec[toolsArgs]{
		Name:    "tools",
		Doc:     "Expect programs to be on PATH, in a range of versions.",
		Example: `tools: {kubectl: ">=1.30", helm: ">=3.14", kubectl-cnpg: "*"}`,
		Self:    toolsSelf{},
		Could:   []check.Capability{check.RunsCode},
		CapsOf:  toolsCaps,
		Check:   toolsCheck,
		Target:  func(a toolsArgs) string { return strings.Join(slices.Sorted(maps.Keys(a)), ", ") },
		Look:    toolsLook,
	})
}

func toolsCaps(a toolsArgs) []check.Capability {
	for name, want := range a {
		if _, known := versionArgs[name]; !known && !anyVersion(want) {
			return []check.Capability{check.ReadsFiles, check.RunsCode}
		}
	}
	return []check.Capability{check.ReadsFiles}
}

func anyVersion(want string) bool { return strings.TrimSpace(want) == "*" }

func toolsCheck(a toolsArgs) (out []check.Problem) {
	if len(a) == 0 {
		out = append(out, problem("no program is named", `such as helm: ">=3.14"`))
	}
	if len(a) > maxTools {
		return append(out, problem(fmt.Sprintf("more than %d programs", maxTools), "make several steps"))
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		if name == "" || len(name) > 100 || strings.HasPrefix(name, "-") || strings.ContainsAny(name, "/\\ ") || hasControl(name) {
			out = append(out, problem("this is no name of a program", "the name alone, without folder and arguments", name))
		}
		if _, err := semver.NewConstraint(a[name]); err != nil || len(a[name]) > 200 {
			out = append(out, problem("this is no range of versions", `such as ">=1.30" or ">=3.14, <5", or "*" for any`, name))
		}
	}
	return out
}

func toolsLook(ctx context.Context, at check.Site, a toolsArgs) (check.Result, error) {
	names := slices.Sorted(maps.Keys(a))
	seen := make([]toolLook, len(names))
	var g errgroup.Group
	g.SetLimit(4)
	for i, name := range names {
		g.Go(func() error {
			seen[i] = lookForTool(ctx, at, name, a[name])
			return nil
		})
	}
	_ = g.Wait()
	self := toolsSelf{Tools: map[string]toolSeen{}}
	var saw, why []string
	var wrong []Mismatch
	var unclear error
	for i, t := range seen {
		if t.err != nil {
			unclear = errors.Join(unclear, t.err)
			continue
		}
		if t.there {
			self.Tools[names[i]] = t.toolSeen
		}
		if t.wrong != nil {
			wrong, why = append(wrong, *t.wrong), append(why, t.why...)
			continue
		}
		saw = append(saw, strings.TrimSpace(names[i]+" "+t.Version))
	}
	if unclear != nil && len(wrong) == 0 {
		return check.Result{}, errors.New(strings.ReplaceAll(unclear.Error(), "\n", "; "))
	}
	return netVerdict(strings.Join(saw, ", "), wrong, why, self), nil
}

// toolLook is what came of looking for one program.
type toolLook struct {
	toolSeen
	there bool
	wrong *Mismatch
	why   []string
	err   error
}

func lookForTool(ctx context.Context, at check.Site, name, want string) (t toolLook) {
	p, err := findTool(at, name)
	var none *noProgram
	wanted := strings.TrimSpace(name + " " + want)
	if anyVersion(want) {
		wanted = name
	}
	switch {
	case errors.As(err, &none):
		return toolLook{wrong: &Mismatch{wanted, "no " + name}, why: whyNoTool(name)}
	case err != nil:
		return toolLook{err: err}
	}
	t.there, t.Path = true, p.path
	if anyVersion(want) {
		return t
	}
	v, err := askVersion(ctx, at, p)
	if err != nil {
		return toolLook{err: err}
	}
	t.Version = v.Original()
	if allowed, _ := semver.NewConstraint(want); !allowed.Check(release(v)) {
		t.wrong = &Mismatch{wanted, name + " " + v.Original()}
		if how := installHint(name); how != "" {
			t.why = []string{name + ": " + how}
		}
	}
	return t
}

// findTool finds a program as a shell does, and a plugin as kubectl does: a dash in the name of its command is _ in
// that of its file.
func findTool(at check.Site, name string) (program, error) {
	p, err := findProgram(at, name)
	var none *noProgram
	plugin, ok := strings.CutPrefix(name, "kubectl-")
	if !ok || !errors.As(err, &none) || !strings.Contains(plugin, "-") {
		return p, err
	}
	if p, other := findProgram(at, "kubectl-"+strings.ReplaceAll(plugin, "-", "_")); other == nil {
		return p, nil
	}
	return p, err
}

func whyNoTool(name string) (why []string) {
	if home, err := os.UserHomeDir(); err == nil && strings.HasPrefix(name, "kubectl-") {
		krew := filepath.Join(home, ".krew", "bin")
		if _, err := os.Stat(filepath.Join(krew, name)); err == nil {
			return []string{name + ": it is in ~/.krew/bin, which is not on PATH"}
		}
	}
	if how := installHint(name); how != "" {
		why = append(why, name+": "+how)
	}
	return why
}

// askVersion asks a program for its version.
func askVersion(ctx context.Context, at check.Site, p program) (*semver.Version, error) {
	args, known := versionArgs[p.name]
	if !known {
		args = []string{"--version"}
	}
	ctx, cancel := context.WithTimeout(ctx, versionTime)
	defer cancel()
	r, err := p.run(ctx, at, call{keep: 64 << 10, args: args, env: map[string]string{"CHECKPOINT_DISABLE": "1", "NO_COLOR": "1"}})
	if err != nil {
		return nil, err
	}
	for _, text := range []string{r.Stdout.Text, r.Stderr.Text} {
		if v := findVersion(text); v != nil {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%s does not tell its version when asked with %s", p.name, strings.Join(args, " "))
}

// versionTime is how long one program may take to tell its version.
const versionTime = 10 * time.Second
