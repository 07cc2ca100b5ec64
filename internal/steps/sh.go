package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// shArgs are the fields of a sh step.
type shArgs struct {
	Run    check.Code        `yaml:"run" required:"true" doc:"the command, for /bin/sh -c"`
	Dir    string            `yaml:"dir" doc:"the directory to run it in, inside the checkout"`
	Env    map[string]string `yaml:"env" doc:"environment variables; here values of other steps may come in"`
	Stdin  string            `yaml:"stdin" doc:"what the command may read from its standard input"`
	Exit   int               `yaml:"exit" doc:"the exit code that is wanted"`
	Stdout *Text             `yaml:"stdout" doc:"what its output must be"`
	Stderr *Text             `yaml:"stderr" doc:"what its error output must be"`
	Output string            `yaml:"output" enum:"text|json" doc:"json: its output is one JSON text, seen as self.json"`

	Confine *shConfine `yaml:"confine" doc:"let it reach no more than the programs of this machine, the checkout, which it cannot change, a temporary folder of its own, and what stands here; no network. On Linux; a stranger's command is confined in any case"`
}

// shSelf is what a sh step saw.
type shSelf struct {
	Stdout   string        `json:"stdout" doc:"its output; of more than 1 MiB the beginning and the end"`
	Stderr   string        `json:"stderr" doc:"its error output, likewise"`
	Exit     int           `json:"exit" doc:"the exit code; 128+n where signal n ended it"`
	JSON     any           `json:"json,omitempty" doc:"its output, decoded, where output is json"`
	Duration time.Duration `json:"duration" doc:"how long it took"`
}

const shell = "/bin/sh"

// shKind runs a command.
//
// The command and all that it started have ended when a look is over, however it was over: see package proc for how,
// and for what is not caught. It gets a small environment, see shellEnv. A command that could not be started, ran out
// of time, or wrote more than is kept where a rest could change the answer, is unknown; every exit code is a finding.
func shKind() check.Kind {
	return check.Define(check.Spec[shArgs]{
		Name:     "sh",
		Doc:      "Expect a command to end with an exit code, and its output to be as wanted.",
		Bare:     "run",
		Example:  `sh: {run: 'make dry-run STAGE="$stage"', dir: ., env: {stage: test}, exit: 0, stdout: {lacks: ["(?i)password"]}}`,
		Self:     shSelf{},
		Timeout:  10 * time.Minute,
		Caps:     []check.Capability{check.RunsCode},
		Check:    shCheck,
		Target:   func(a shArgs) string { return firstLine(string(a.Run)) },
		Programs: func(a shArgs) []string { return programs(a.Run, "", "") },
		Look:     shLook,
	})
}

func shCheck(a shArgs) []check.Problem {
	out := append(runProblems(string(a.Run)), envProblems(a.Env)...)
	if a.Dir != "" && !filepath.IsAbs(a.Dir) && !filepath.IsLocal(a.Dir) {
		out = append(out, check.Problem{Path: []any{"dir"}, Message: "the directory is outside of the checkout", Hint: "name the other repository with repo, and the directory inside it"})
	}
	if a.Exit < 0 || a.Exit > 255 {
		out = append(out, check.Problem{Path: []any{"exit"}, Message: "an exit code is a number from 0 to 255"})
	}
	return append(out, a.Confine.problems()...)
}

func shLook(ctx context.Context, at check.Site, a shArgs) (check.Result, error) {
	dir, err := workDir(at, a.Dir)
	if err != nil {
		return check.Result{}, err
	}
	c := proc.Command{Path: shell, Args: []string{"sh", "-c", string(a.Run)}, Dir: dir, Env: shellEnv(at, dir, a.Env), Stdin: a.Stdin}
	confined := a.Confine != nil || at.Untrusted
	start := time.Now()
	var r proc.Result
	if confined {
		r, err = runConfined(ctx, at, a, c)
	} else {
		r, err = proc.Run(ctx, c)
	}
	if err != nil {
		return check.Result{}, shFault(ctx, r, err)
	}
	if r.Left && at.Warn != nil {
		at.Warn("the command left processes behind; they were ended")
	}
	self := shSelf{
		Stdout: strings.ToValidUTF8(r.Stdout.Text, "�"), Stderr: strings.ToValidUTF8(r.Stderr.Text, "�"),
		Exit: r.Exit, Duration: time.Since(start),
	}
	ms, err := shJudge(a, r, &self)
	if err != nil {
		return check.Result{}, err
	}
	why := shWhy(a, r)
	if confined && len(ms) > 0 {
		why = append(why, confinedWhy(at))
	}
	return netVerdict(fmt.Sprintf("exit %d", r.Exit), ms, why, self), nil
}

// shFault is the error of a command of which nothing can be said.
func shFault(ctx context.Context, r proc.Result, err error) error {
	if ctx.Err() != nil {
		if said := lastLine(r); said != "" {
			return fmt.Errorf("the command did not end in time, and was ended (%s): %w", said, err)
		}
		return fmt.Errorf("the command did not end in time, and was ended: %w", err)
	}
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no %s here: %w", shell, err)
	}
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM) || errors.Is(err, syscall.EMFILE) {
		return &check.Transient{Err: err}
	}
	return err
}
