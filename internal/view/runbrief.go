package view

import (
	"bytes"
	"cmp"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// leastTasks is how many tasks of a plan a brief summary names at least, however low the screen.
const leastTasks = 3

// fitting is the summary of a run as it fits the screen: in full, with a line for each task, or with as many tasks as
// there is room for.
func fitting(r runner.Report, info RunInfo, o Options) []byte {
	var b bytes.Buffer
	_ = newSummary(&b, o).run(r, info) // a buffer takes all
	for room := o.Height; bytes.Count(b.Bytes(), []byte("\n")) >= o.Height && room >= leastTasks; room-- {
		b.Reset()
		s := newSummary(&b, o)
		s.brief, s.room, s.most = true, room, room
		_ = s.run(r, info)
	}
	return b.Bytes()
}

// briefly writes a line for each of a plan's tasks that somebody has to look at, failures first, and counts those that
// there is no room for.
func (s *summary) briefly(pr runner.PlanReport, told []*runner.TaskReport) {
	var first, rest []*runner.TaskReport
	for _, t := range told {
		if t.Outcome == check.Failed {
			first = append(first, t)
		} else {
			rest = append(rest, t)
		}
	}
	told = append(first, rest...)
	left := 0
	if len(told) > s.room {
		left = len(told) - s.room + 1
	}
	t := &table{indent: 2, tight: true, give: []give{{2, 20}, {4, 14}, {2, 12}}}
	for _, task := range told[:len(told)-left] {
		t.add(s.briefRow(pr, task)...)
	}
	s.rows(t)
	if left > 0 {
		s.put("  " + s.dim(s.fit(fmt.Sprintf("%s and %d more, which wpctl log shows", s.more(), left), s.Width-2)))
	}
}

// briefRow is a task's line with what was seen first, and how many tasks it blocks.
func (s *summary) briefRow(pr runner.PlanReport, t *runner.TaskReport) row {
	out := s.row(pr, t)
	said := s.detail(t)
	for _, st := range t.Steps {
		if st.Outcome == t.Outcome && !st.Advisory {
			said = Safe(shortened(cmp.Or(st.Saw, st.Want)))
			break
		}
	}
	if n := len(s.blocked[t.ID]); n > 0 {
		said = join("; ", "blocks "+plural(n, "task"), said)
	}
	out[4] = cell{said, dim}
	return out
}
