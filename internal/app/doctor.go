package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/sign"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Condition says how what the doctor looked at stands.
type Condition string

// Conditions of what the doctor looked at.
const (
	Fine    Condition = "ok"      // nothing to do
	Note    Condition = "note"    // nothing is wrong; something is weaker here, or left to be done
	Problem Condition = "problem" // something will not work
	Obscure Condition = "unknown" // it could not be found out
)

// Symptom is one thing that the doctor looked at.
type Symptom struct {
	About     string    `json:"about" doc:"what was looked at: configuration, cluster prod"`
	Condition Condition `json:"condition" doc:"ok, note, problem or unknown"`
	Saw       string    `json:"saw" doc:"what was seen"`
	Do        string    `json:"do,omitempty" doc:"what to do about it"`

	exit int // what the program ends with because of it; 0: as its state says
}

func fine(about, format string, args ...any) Symptom {
	return Symptom{About: about, Condition: Fine, Saw: fmt.Sprintf(format, args...)}
}

// Doctor looks at all that wpctl works with here, for the plans that args mean, and says what to do where something is
// missing. It changes nothing, and runs nothing but git.
func (a *App) Doctor(ctx context.Context, args []string) ([]Symptom, error) {
	out := []Symptom{fine("wpctl", "%s, %s/%s", a.Version, runtime.GOOS, runtime.GOARCH)}
	out = append(out, platform()...)
	out = append(out, a.configured()...)
	out = append(out, a.repository(ctx), a.stateFolder())
	sources, prog, ill, err := a.plansOrIll(ctx, args)
	if err != nil {
		return nil, err
	}
	out = append(out, ill...)
	if prog == nil {
		prog = &runner.Program{}
	}
	out = append(out, a.agreements(sources, prog)...)
	out = append(out, a.signing()...)
	out = append(out, a.programs(sources, prog)...)
	out = append(out, a.lookAtClusters(ctx, sources, prog)...)
	out = append(out, a.hubSymptoms(ctx)...)
	for i := range out {
		out[i].Saw, out[i].Do = a.Redactor.String(out[i].Saw), a.Redactor.String(out[i].Do)
	}
	return out, ctx.Err()
}

// DoctorExit is the exit code for what the doctor found: the first that applies of those for an invalid plan,
// credentials, problems, and what could not be found out.
func DoctorExit(symptoms []Symptom) int {
	has := map[int]bool{}
	for _, s := range symptoms {
		switch s.Condition {
		case Problem:
			has[cmp.Or(s.exit, ExitFailed)] = true
		case Obscure:
			has[cmp.Or(s.exit, ExitUnknown)] = true
		}
	}
	for _, code := range []int{ExitUsage, ExitAuth, ExitFailed, ExitUnknown} {
		if has[code] {
			return code
		}
	}
	return ExitOK
}

// IllConfigured are the symptoms where the configuration has errors: nothing else can be looked at then.
func IllConfigured(diags diag.List) []Symptom {
	return []Symptom{{
		About: "configuration", Condition: Problem, Saw: mistakes(diags), exit: ExitUsage,
		Do: "mend it, then ask again: nothing else was looked at",
	}}
}

// mistakes counts errors, and tells the first.
func mistakes(diags diag.List) string {
	n, first := 0, ""
	for _, d := range diags {
		if d.Severity == diag.Error {
			if n++; n == 1 {
				first = fmt.Sprintf("%s: %s", d.Pos, d.Message)
			}
		}
	}
	if n == 1 {
		return first
	}
	return fmt.Sprintf("%d errors, the first: %s", n, first)
}

func (a *App) configured() []Symptom {
	const about = "configuration"
	var out []Symptom
	if a.Config.File == "" {
		out = append(out, Symptom{About: about, Condition: Note, Saw: "there is no " + config.FileName + ": plans are looked for in " + strings.Join(a.Config.Plans, ", "), Do: "wpctl init"})
	} else {
		out = append(out, fine(about, "%s", a.relative(a.Config.File)))
	}
	if n := len(a.ConfigDiags); n > 0 {
		d := a.ConfigDiags[0]
		out = append(out, Symptom{About: about, Condition: Note, Saw: fmt.Sprintf("%s: %s", d.Pos, d.Message), Do: cmp.Or(d.Hint, "mend the line; wpctl config view tells what holds")})
	}
	if s, ok := onlyOurs("your configuration", a.Config.UserFile); ok {
		out = append(out, s)
	}
	return out
}

// onlyOurs looks whether others can write to a file that grants; ok is false where there is no such file.
func onlyOurs(about, path string) (s Symptom, ok bool) {
	if path == "" {
		return Symptom{}, false
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Symptom{}, false
	case err != nil:
		return Symptom{About: about, Condition: Obscure, Saw: err.Error(), Do: "make it readable for yourself"}, true
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o022 != 0:
		return Symptom{About: about, Condition: Problem, Saw: path + " can be written by others, and what stands there grants", Do: "chmod go-w " + path}, true
	}
	return fine(about, "%s", path), true
}

func (a *App) repository(ctx context.Context) Symptom {
	const about = "repository"
	if !a.Config.Git {
		return Symptom{About: about, Condition: Note, Saw: a.Config.Root + " is no git checkout: --since, --policy-from and the kind git have nothing to look at", Do: "git init, or call wpctl inside of a checkout"}
	}
	if _, err := steps.FindProgram(a.Config.Root, "git"); err != nil {
		return Symptom{About: about, Condition: Problem, Saw: err.Error(), Do: "install git, or put its folder on PATH"}
	}
	shallow, err := a.git(ctx, "rev-parse", "--is-shallow-repository")
	switch {
	case err != nil:
		return Symptom{About: about, Condition: Problem, Saw: a.Config.Root + " cannot be read: " + err.Error(), Do: "call git status there, and do what it says"}
	case trimmed(shallow) == "true":
		return Symptom{About: about, Condition: Note, Saw: a.Config.Root + " has only a part of its history: --since and --policy-from may not find theirs", Do: "git fetch --unshallow, or fetch-depth: 0 in the CI's checkout"}
	}
	return fine(about, "%s", a.Config.Root)
}

func (a *App) stateFolder() Symptom {
	const about = "state"
	st, err := a.State()
	if err != nil {
		return Symptom{About: about, Condition: Problem, Saw: err.Error(), Do: "set WPCTL_STATE_DIR to a folder of your own: records, trust and sign-offs are kept there"}
	}
	probe, err := os.CreateTemp(st.Dir(), ".doctor-")
	if err != nil {
		return Symptom{About: about, Condition: Problem, Saw: "cannot write to " + st.Dir() + ": " + cause(err).Error(), Do: "make it writable, or set WPCTL_STATE_DIR to another folder"}
	}
	probe.Close()
	os.Remove(probe.Name())
	return fine(about, "%s", st.Dir())
}

// plansOrIll loads and compiles plans. Where there are none, or where they have errors, the symptoms say so, and what can
// be known without them is told all the same.
func (a *App) plansOrIll(ctx context.Context, args []string) ([]source, *runner.Program, []Symptom, error) {
	const about = "plans"
	sources, prog, err := a.valid(ctx, args)
	var none *NoPlans
	var invalid *Invalid
	switch {
	case errors.As(err, &none):
		where, _, _ := strings.Cut(none.Where, "; ")
		return nil, nil, []Symptom{{About: about, Condition: Note, Saw: "no workplans in " + where, Do: cmp.Or(none.But, "wpctl new plan TITLE, or plans: in "+config.FileName)}}, nil
	case errors.As(err, &invalid):
		return nil, nil, []Symptom{{About: about, Condition: Problem, Saw: mistakes(invalid.Diags), Do: "wpctl lint", exit: ExitUsage}}, nil
	case err != nil && len(args) == 0:
		return nil, nil, []Symptom{{About: about, Condition: Obscure, Saw: err.Error(), Do: "make it readable for yourself, or take it out of plans: in " + config.FileName}}, nil
	case err != nil:
		return nil, nil, nil, err
	}
	tasks, looks := 0, 0
	for _, s := range sources {
		tasks += len(s.plan.Tasks)
		looks += len(stepsOf(s, prog))
	}
	saw := fmt.Sprintf("%s, %s, %s", counted(len(sources), "plan"), counted(tasks, "task"), counted(looks, "step"))
	if looks == 0 {
		return sources, prog, []Symptom{{About: about, Condition: Note, Saw: saw + ": nothing is looked at", Do: "wpctl lint --suggest-steps, or wpctl new step TASK KIND"}}, nil
	}
	if _, seen, err := a.Look(ctx, args); err == nil && len(seen.Strays) > 0 {
		first := seen.Strays[0]
		return sources, prog, []Symptom{{About: about, Condition: Note, Saw: saw + fmt.Sprintf("; not among them: %s, which has tasks and is no workplan", first.Pos.File), Do: first.Hint}}, nil
	}
	return sources, prog, []Symptom{fine(about, "%s", saw)}, nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// agreements tells of plans whose steps nobody agreed to here.
func (a *App) agreements(sources []source, prog *runner.Program) []Symptom {
	const about = "trust"
	var files []string
	n, risky := 0, 0
	for _, s := range sources {
		risky += len(a.risky(s, prog))
		steps := a.untrusted(s, prog, nil)
		if len(steps) == 0 {
			continue
		}
		if st, err := a.State(); err == nil {
			if whole, _ := a.trustDigest(s, prog); st.Trusted(s.path, whole) {
				continue
			}
		}
		n += len(steps)
		files = append(files, s.name)
	}
	if risky == 0 {
		return nil
	}
	if n == 0 {
		return []Symptom{fine(about, "%s, agreed to or granted", Risky(risky))}
	}
	do := "wpctl trust " + files[0]
	if len(files) > 1 {
		do += fmt.Sprintf(", and %d more", len(files)-1)
	}
	return []Symptom{{About: about, Condition: Note, Saw: "nobody has agreed here to " + Risky(n), Do: do + "; until then a run asks, and refuses where it cannot"}}
}

// signing looks at the key that sign-offs are signed with, where there is one.
func (a *App) signing() []Symptom {
	if a.Config.UserFile == "" {
		return nil
	}
	_, err := sign.Load(a.keyFile())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // the first approval makes it
	case err != nil:
		return []Symptom{{About: "signing key", Condition: Problem, Saw: err.Error(), Do: "mend or remove it; wpctl approve makes another where there is none"}}
	}
	return []Symptom{fine("signing key", "there, and closed to others")}
}

// programs looks for the programs that the steps call.
func (a *App) programs(sources []source, prog *runner.Program) []Symptom {
	callers := map[string]int{}
	for _, s := range sources {
		for _, step := range stepsOf(s, prog) {
			for _, name := range step.Programs() {
				callers[name]++
			}
		}
	}
	var out []Symptom
	var there []string
	for _, name := range slices.Sorted(maps.Keys(callers)) {
		path, err := steps.FindProgram(a.Config.Root, name)
		if err == nil {
			there = append(there, path)
			continue
		}
		s := Symptom{About: "program " + name, Condition: Problem, Saw: fmt.Sprintf("%s; %s it", err, needed(callers[name])), Do: "install it, or put its folder on PATH"}
		if name == "/bin/sh" {
			s.Do = "run these plans where there is a POSIX shell: Linux, macOS, or WSL"
		}
		out = append(out, s)
	}
	if len(there) > 0 {
		out = append(out, fine("programs", "%s", strings.Join(there, ", ")))
	}
	return out
}

func needed(n int) string {
	if n == 1 {
		return "1 step needs"
	}
	return fmt.Sprintf("%d steps need", n)
}
