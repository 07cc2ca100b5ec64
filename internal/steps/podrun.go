package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// run runs the commands in the pod, up to the first that fails.
func (p pods) run(ctx context.Context, at check.Site, a podArgs, pod Object, self podSelf) (check.Result, error) {
	var all proc.Result
	for _, c := range a.Run {
		begun := time.Now()
		r, err := guarded(ctx, p.execer, at, Command{
			Namespace: objString(pod, "metadata", "namespace"), Pod: objString(pod, "metadata", "name"), Container: podContainer, Args: withEnv(c, nil),
		}, "")
		all.Stdout, all.Stderr = after(all.Stdout, r.Stdout), after(all.Stderr, r.Stderr)
		bad := ""
		switch {
		case errors.Is(err, ErrNotRunning):
			bad = "the pod's container ended while the command ran"
		case errors.Is(err, ErrNoProgram):
			bad = err.Error()
		case err != nil:
			return check.Result{}, execError(ctx, r, err)
		}
		self.Runs = append(self.Runs, shSelf{
			Stdout: strings.ToValidUTF8(r.Stdout.Text, "�"), Stderr: strings.ToValidUTF8(r.Stderr.Text, "�"), Exit: r.Exit, Duration: time.Since(begun),
		})
		want := firstLine(joinCode(c))
		if bad != "" {
			return check.Result{Want: want + " exits with 0", Saw: bad, Self: self}, nil
		}
		if r.Exit != 0 {
			ms := []Mismatch{{Want: want + " exits with 0", Saw: lastLine(r)}}
			return netVerdict(fmt.Sprintf("exit %d", r.Exit), ms, shWhy(shArgs{}, r), self), nil
		}
	}
	var together shSelf
	together.Stdout, together.Stderr = strings.ToValidUTF8(all.Stdout.Text, "�"), strings.ToValidUTF8(all.Stderr.Text, "�")
	ms, err := shJudge(shArgs{Stdout: a.Stdout, Stderr: a.Stderr}, all, &together)
	if err != nil {
		return check.Result{}, err
	}
	return netVerdict(a.saw(), ms, nil, self), nil
}

func after(a, b proc.Output) proc.Output {
	return proc.Output{Text: a.Text + b.Text, Dropped: a.Dropped + b.Dropped}
}

// saw is what holds, where all does.
func (a podArgs) saw() string {
	s := "pulled " + a.Image + ", runs"
	switch len(a.Run) {
	case 0:
		return s
	case 1:
		return s + ", the command succeeds"
	}
	return fmt.Sprintf("%s, %d commands succeed", s, len(a.Run))
}
