package report

import (
	"cmp"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// OfVerify is what reports tell of a verification.
func OfVerify(res app.VerifyResult, program string, at Site) Run {
	r := of(res.RunResult, "verify", program)
	for _, c := range res.Claims {
		s := section(c.Plan, c.Task, at)
		s.Claim, s.Word, s.Words, s.Rule, s.Under = c.Made, c.Verdict.String(), c.Verdict.Plural(), string(c.Verdict), safe.Line(c.Under)
		s.Level = levelOf(c, res.Strict)
		s.Message = says(s) + ": " + s.Word + because(s, c.Why)
		if len(c.Suspect) > 0 {
			s.Remarks = append(s.Remarks, "suspect: rests on "+strings.Join(c.Suspect, ", ")+", which failed")
		}
		if c.Stale {
			s.Remarks = append(s.Remarks, "stale: its steps changed after its findings were written")
		}
		if c.Made && len(c.Claimed) > 0 {
			s.Remarks = append(s.Remarks, "claimed: passes on a word that is not signed: "+strings.Join(c.Claimed, ", "))
		}
		if len(c.Waived) > 0 {
			s.Remarks = append(s.Remarks, "waived: "+strings.Join(c.Waived, ", "))
		}
		for i := range s.Remarks {
			s.Remarks[i] = safe.Line(s.Remarks[i])
		}
		r.Sections = append(r.Sections, s)
	}
	return r
}

// levelOf says how bad what came of a claim is.
func levelOf(c *app.Claim, strict bool) Level {
	switch {
	case c.Fails(strict):
		return Error
	case c.Verdict == app.Unclear, c.Verdict == app.Unsigned, c.Verdict == app.NotChecked:
		return Warning
	case c.Verdict == app.Open, c.Verdict == app.Holds && len(c.Suspect) == 0 && !c.Stale && (!c.Made || len(c.Claimed) == 0):
		return None
	}
	return Note
}

// OfRun is what reports tell of a run.
func OfRun(res app.RunResult, program string, at Site) Run {
	r := of(res, "run", program)
	for _, p := range res.Report.Plans {
		for _, t := range append(slices.Clone(p.Tasks), p.Own) {
			if t == nil || !t.Selected {
				continue
			}
			s := section(p.Plan, t, at)
			s.Claim = t.Was == workplan.Done || t == p.Own && t.Was == workplan.Finished
			s.Word, s.Words, s.Rule, s.Level = string(t.Outcome), string(t.Outcome), string(t.Outcome), None
			switch t.Outcome {
			case check.Failed:
				s.Level = Error
			case check.Unknown, check.Awaiting:
				s.Level = Warning
			case check.Blocked, check.Unverified:
				s.Level = Note
			}
			if t.NotChecked && s.Level != Error {
				s.Level = Warning
			}
			if t.Cause != "" && t.Outcome == check.Blocked {
				s.Under = safe.Line(t.Cause)
			}
			s.Message = says(s) + ": " + s.Word + because(s, t.Reason)
			r.Sections = append(r.Sections, s)
		}
	}
	return r
}

func of(res app.RunResult, verb, program string) Run {
	return Run{
		Verb: verb, Program: program, Record: res.ID, Exit: res.Exit,
		Started: res.Report.Started, Ended: res.Report.Ended, Cancelled: res.Report.Cancelled, Sections: []Section{},
	}
}

func section(p *workplan.Plan, t *runner.TaskReport, at Site) Section {
	s := Section{
		Plan: safe.Line(p.ID.Text), PlanTitle: safe.Line(p.Title.Text), ID: safe.Line(t.ID), Title: safe.Line(t.Title),
		Place: at.place(t.Pos, t.End), Status: safe.Line(cmp.Or(t.Word, string(t.Was))), Outcome: t.Outcome, Took: t.Ended.Sub(t.Started), Steps: []Step{},
	}
	for _, st := range t.Steps {
		s.Steps = append(s.Steps, step(st, at))
	}
	return s
}

func step(s *runner.StepReport, at Site) Step {
	out := Step{
		Name: safe.Line(s.Name), Kind: s.Kind, Digest: s.Digest, Place: at.place(s.Pos, s.End), Outcome: s.Outcome,
		Advisory: s.Advisory, Policy: s.Policy, Want: safe.Line(s.Want), Saw: safe.Line(s.Saw), Fault: s.Fault, Took: s.Ended.Sub(s.Started),
	}
	for _, why := range s.Why {
		out.Why = append(out.Why, safe.Line(why))
	}
	return out
}

// says names a section and its status.
func says(s Section) string {
	if s.Status == "" {
		return s.ID
	}
	return s.ID + " (" + s.Status + ")"
}

// because is the reason for a verdict: what the first step that tells it saw, else why.
func because(s Section, why string) string {
	for _, st := range s.Steps {
		if st.told() {
			return "; " + st.Name + ": " + st.said()
		}
	}
	if why = safe.Line(why); why != "" && s.Outcome != check.Passed {
		return "; " + why
	}
	return ""
}
