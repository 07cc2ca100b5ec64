package runner

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// scope is what the step's expressions can see before its look.
func (l *looking) scope() expr.Vars {
	s := l.step
	v := expr.Vars{Plan: s.Plan.Meta, Now: l.Now(), Env: map[string]string{}, Decisions: map[string]map[string]string{}}
	if !s.expressions() {
		return v
	}
	l.run.mu.Lock()
	defer l.run.mu.Unlock()
	v.Rec = copyOf(l.run.records[s.Section()])
	v.Tasks = map[string]map[string]any{}
	for id := range l.nodes[s.Section()].uses {
		recs := copyOf(l.run.records[id])
		v.Tasks[id] = recs
		if n := l.nodes[id]; n.plan == s.Plan {
			v.Tasks[n.task.Short] = recs
		}
	}
	for _, d := range s.Plan.Decisions {
		fields := decisionFields(d)
		v.Decisions[d.ID.Text], v.Decisions[d.Short] = fields, fields
	}
	for _, name := range s.envNames() {
		if value, set, allowed := l.env(name); set && allowed {
			v.Env[name] = value
		}
	}
	return v
}

func copyOf(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

// decisionFields holds what is written of a decision; a choice that is not made is absent.
func decisionFields(d *workplan.Decision) map[string]string {
	out := map[string]string{"status": d.Status.Text}
	for name, v := range map[string]workplan.Value{"choice": d.Choice, "by": d.By, "date": d.Date} {
		if v.Text != "" {
			out[name] = v.Text
		}
	}
	return out
}

// expressions tells whether the step has any expression at all.
func (s *Step) expressions() bool {
	return len(s.asserts)+len(s.records)+len(s.templates) > 0 || s.when != nil
}

func (s *Step) envNames() []string {
	var out []string
	add := func(refs []expr.Ref) {
		for _, r := range refs {
			if r.Root == "env" && len(r.Path) > 0 {
				out = append(out, r.Path[0])
			}
		}
	}
	for _, p := range s.asserts {
		add(p.Refs)
	}
	for _, b := range s.records {
		add(b.prog.Refs)
	}
	for _, t := range s.templates {
		add(t.Refs())
	}
	if s.when != nil {
		add(s.when.Refs)
	}
	return out
}
