package view

import (
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// troubled tells whether somebody has to do something about a task.
func (s *summary) troubled(t *runner.TaskReport) bool {
	switch t.Outcome {
	case check.Failed, check.Unknown, check.Awaiting:
		return true
	case check.Blocked:
		return !s.shown[t.Cause]
	}
	return len(s.blocked[t.ID]) > 0
}

// details writes what is below a task's line: its steps that are worth telling, and what it blocks.
func (s *summary) details(t *runner.TaskReport) {
	indent := 2 + s.glyphs() + 1
	again, left, unbegun := 0, 0, ""
	for _, st := range t.Steps {
		begun := st.Outcome != check.Skipped || !strings.HasPrefix(st.Saw, "not begun")
		switch {
		case !s.Verbose && s.told.again(st.Outcome, st.Saw):
			again++
		case !s.Verbose && !begun && st.Saw == unbegun:
			left++
		case s.Verbose || worth(st) || t.Outcome == check.Unverified && (st.Outcome == check.Skipped || st.Idle):
			s.step(st, indent)
		}
		if !begun {
			unbegun = st.Saw
		}
	}
	if left > 0 {
		s.put(strings.Repeat(" ", indent) + s.glyph(check.Skipped) + " " + plural(left, "check") + " more not begun, for the same reason")
	}
	if again > 0 {
		s.put(strings.Repeat(" ", indent) + s.glyph(check.Unknown) + " " + plural(again, "check") + " more could not be looked at, for a reason that is told above")
	}
	if len(t.Rests) > 0 {
		s.labelled(indent, "rests", "on "+s.names(t.Rests)+", which this run did not prove", yellow)
	}
	s.labelled(indent, "blocks", s.names(s.blocked[t.ID]), "")
}

// worth tells whether a step is told without being asked for.
func worth(st *runner.StepReport) bool {
	switch st.Outcome {
	case check.Passed:
		return len(st.Warnings) > 0
	case check.Skipped:
		return st.Policy || st.Held != "" || strings.HasPrefix(st.Saw, "not begun")
	}
	return true
}

// step writes a step's line and, where it did not pass, what was wanted and seen.
func (s *summary) step(st *runner.StepReport, indent int) {
	head := strings.Repeat(" ", indent) + s.glyph(st.Outcome) + " "
	used := indent + s.glyphs() + 1
	name := Safe(st.Name)
	if st.Advisory {
		name += " (advisory)"
	}
	pos := Safe(st.Pos.String())
	quiet := !full(st) && (st.Outcome != check.Passed || st.Idle)
	switch {
	case quiet:
		s.hang(head, used, join(": ", name, string(st.Outcome), said(st)), "")
	case s.Width > 0 && used+cells(name)+2+cells(pos) > s.Width:
		s.hang(head, used, name, "")
		s.hang(strings.Repeat(" ", used), used, pos, dim)
	default:
		s.put(head + name + "  " + s.dim(pos))
	}
	if full(st) || !quiet && s.Verbose {
		s.evidence(st, used)
	}
	for _, warning := range st.Warnings {
		s.labelled(used, "warning", warning, yellow)
	}
}

// full tells whether a step is told with all that was seen.
func full(st *runner.StepReport) bool {
	return st.Outcome == check.Failed || st.Outcome == check.Unknown || st.Outcome == check.Awaiting || st.Outcome == check.Waived
}

// said is the one thing to say of a step that was not looked at.
func said(st *runner.StepReport) string {
	for _, text := range append([]string{st.Saw}, st.Why...) {
		if text != "" {
			return text
		}
	}
	return st.Want
}

func (s *summary) evidence(st *runner.StepReport, indent int) {
	s.labelled(indent, "wanted", shortened(st.Want), "")
	s.labelled(indent, "saw", shortened(st.Saw), "")
	for i, why := range st.Why {
		s.labelled(indent, []string{"why", ""}[min(i, 1)], why, "")
	}
	s.labelled(indent, "note", st.Note, dim)
	if st.Held != "" {
		s.labelled(indent, "held", "on "+st.Held, dim)
	}
	if s.Verbose {
		for _, r := range st.Records {
			s.labelled(indent, "record", r.Name+" = "+r.Text, dim)
		}
	}
}

// longest bounds what the summary shows of one text; all of it is in the run's record.
const longest = 400

func shortened(text string) string { return safe.Cut(text, longest) }

// labelled writes "label  text" with the text wrapped behind the label; an empty text is not told.
func (s *summary) labelled(indent int, label, text, color string) {
	if text == "" {
		return
	}
	head := strings.Repeat(" ", indent) + s.dim(pad(label, 7)) + " "
	s.hang(head, indent+8, Safe(text), color)
}

// causes writes what blocks tasks of told and is no task that is told of: decisions, and tasks that were left out.
func (s *summary) causes(told []*runner.TaskReport) {
	var done []string
	for _, t := range told {
		if t.Outcome != check.Blocked || t.Cause == "" || s.shown[t.Cause] || slices.Contains(done, t.Cause) {
			continue
		}
		if len(done) == 0 {
			s.put("")
		}
		done = append(done, t.Cause)
		id := Safe(s.name(t.Cause))
		s.hang("  "+s.bold(id)+" ", cells(id)+3, join(": ", "blocks "+s.names(s.blocked[t.Cause]), t.Reason), "")
	}
}
