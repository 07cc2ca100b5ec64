package cli

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// nextSteps says what to do after a run.
func nextSteps(res app.RunResult) []string {
	if out := signatures(res.Report, func(t *runner.TaskReport) bool { return t.Selected }); len(out) > 0 {
		return out
	}
	if out := choices(res.Report); len(out) > 0 {
		return out
	}
	if res.Exit == app.ExitWaiting && slices.ContainsFunc(res.Files, func(f app.FileChange) bool { return f.Unnamed }) {
		return nil // why it is not written says what to do
	}
	if res.Exit == app.ExitNothing {
		return firstStep(res.Report)
	}
	if res.ID != "" && res.Exit != app.ExitOK && res.Exit != app.ExitNothing {
		return []string{"wpctl log " + res.ID}
	}
	return nil
}

// firstStep are the commands that lead to a first proof, where nothing has a step that could be one.
func firstStep(r runner.Report) []string {
	words, task := []string{"wpctl", "lint", "--suggest-steps"}, ""
	for _, p := range r.Plans {
		for _, t := range p.Tasks {
			switch {
			case !t.Selected:
			case len(t.Steps) > 0:
				return nil
			case task == "" && t.Outcome == check.Unverified:
				task = t.ID
			}
		}
	}
	if task == "" {
		return nil
	}
	if len(r.Plans) == 1 {
		words = append(words, r.Plans[0].Plan.File.Name)
	}
	return []string{shell(words), shell([]string{"wpctl", "new", "step", task, "KIND"})}
}

// choices are the commands that answer the decisions that tasks wait for; the first few of them.
func choices(r runner.Report) []string {
	var out []string
	for _, p := range r.Plans {
		for _, t := range p.Tasks {
			if d := p.Plan.Decision(t.Cause); t.Selected && d != nil && d.ID.Text == t.Cause {
				out = append(out, shell([]string{"wpctl", "decide", t.Cause, "CHOICE", "--plan", p.Plan.File.Name}))
			}
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), 3)]
}

// signatures are the commands that sign the manual steps that tasks wait for; the first few of them.
func signatures(r runner.Report, of func(*runner.TaskReport) bool) []string {
	var out []string
	for _, p := range r.Plans {
		for _, t := range append(slices.Clone(p.Tasks), p.Own) {
			if t == nil || !of(t) {
				continue
			}
			var waiting []string
			for _, s := range t.Steps {
				if s.Kind == "manual" && s.Outcome == check.Awaiting {
					waiting = append(waiting, s.Name)
				}
			}
			for _, name := range waiting {
				words := []string{"wpctl", "approve", t.ID, "--plan", p.Plan.File.Name}
				if len(waiting) > 1 {
					words = append(words, "--step", name)
				}
				out = append(out, shell(words))
			}
		}
	}
	return out[:min(len(out), 3)]
}

// shell writes words so that a shell reads them as they are.
func shell(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		quoted, err := syntax.Quote(w, syntax.LangPOSIX)
		if err != nil { // no printable text
			quoted = "'…'"
		}
		out[i] = quoted
	}
	return strings.Join(out, " ")
}
