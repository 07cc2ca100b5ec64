package view

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// following writes what fails with a root cause, a line for each step: what was seen there is told only where it is
// something else.
type following struct {
	*verification
	indent int
	begun  bool
}

// claim writes the steps by which a claim fails; one that has none is told with the reason.
func (f *following) claim(c *app.Claim) {
	told := false
	for _, st := range c.Task.Steps {
		if !st.Advisory && (st.Outcome == check.Failed || st.Outcome == check.Unknown) || f.Verbose && worth(st) {
			f.step(c, st)
			told = true
		}
	}
	if !told {
		f.line(check.Unknown, join("  ", c.Task.ID, c.Task.Title), c.Task.Pos.String())
		f.labelled(f.indent+f.glyphs()+1, "why", c.Why, "")
	}
}

func (f *following) step(c *app.Claim, st *runner.StepReport) {
	f.line(st.Outcome, join("  ", c.Task.ID, st.Name), st.Pos.String())
	switch used := f.indent + f.glyphs() + 1; {
	case f.Verbose:
		f.evidence(st, used)
	case !f.told.again(st.Outcome, st.Saw) && !f.faults[st.Fault]:
		f.labelled(used, "saw", shortened(st.Saw), "")
	}
	f.faults[st.Fault] = st.Fault != ""
}

// line writes what it is and where, in two lines where they are too long for one.
func (f *following) line(o check.Outcome, what, pos string) {
	if !f.begun {
		f.put(fmt.Sprintf("%*s%s", f.indent-2, "", f.dim("and with it")))
		f.begun = true
	}
	head, used := strings.Repeat(" ", f.indent)+f.glyph(o)+" ", f.indent+f.glyphs()+1
	what, pos = Safe(what), Safe(pos)
	if f.Width > 0 && used+cells(what)+2+cells(pos) > f.Width {
		f.hang(head, used, what, "")
		f.hang(strings.Repeat(" ", used), used, pos, dim)
		return
	}
	f.put(head + what + "  " + f.dim(pos))
}

// suspects are the claims that hold and rest on something that failed, those with the same roots together.
func suspects(claims []*app.Claim) (out [][]*app.Claim) {
	at := map[string]int{}
	for _, c := range claims {
		if len(c.Suspect) == 0 {
			continue
		}
		key := strings.Join(c.Suspect, "\x00")
		i, there := at[key]
		if !there {
			i, at[key] = len(out), len(out)
			out = append(out, nil)
		}
		out[i] = append(out[i], c)
	}
	return out
}

// suspect writes a line about claims with the same roots: ids are whole once for each plan.
func (s *verification) suspect(group []*app.Claim) {
	names, plan := make([]string, len(group)), ""
	for i, c := range group {
		names[i] = c.Task.ID
		if c.Plan.ID.Text == plan && !c.Own {
			names[i] = c.Task.Short
		}
		plan = c.Plan.ID.Text
	}
	rest, pos := "rest on ", ""
	if len(group) == 1 {
		rest, pos = "rests on ", group[0].Task.Pos.String()
	}
	s.hang(s.paint(yellow, "suspect")+" ", 8, join("  ", join(", ", names...)+" "+rest+join(", ", group[0].Suspect...)+", which failed", pos), "")
}
