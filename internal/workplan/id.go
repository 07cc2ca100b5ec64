package workplan

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// isID tells whether s can be an id: letters, digits, dot, dash and underscore.
func isID(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// Task returns the task of that id, full or short; nil where there is none.
// Of several tasks with one id it is the first.
func (p *Plan) Task(id string) *Task {
	if t := p.byID[id]; t != nil {
		return t
	}
	return p.byID[p.ID.Text+"-"+id]
}

// Decision returns the decision of that id, full or short; nil where there is none.
func (p *Plan) Decision(id string) *Decision {
	if d := p.decisionByID[id]; d != nil {
		return d
	}
	return p.decisionByID[p.ID.Text+"-"+id]
}

// FullID turns a short id of this plan (T04, D-01) into a full one.
// An id of another plan comes back as it is: it is never read as a short one.
func (p *Plan) FullID(id string) string {
	full, _ := p.reference(id)
	return full
}

// fullID is the full id that a block of this plan gives itself.
func (p *Plan) fullID(id string) string {
	if id == "" || p.ID.Text == "" || strings.HasPrefix(id, p.ID.Text+"-") || isForeign(id) {
		return id
	}
	return p.ID.Text + "-" + id
}

// short is the inverse of fullID.
func (p *Plan) short(full string) string {
	if p.ID.Text == "" {
		return full
	}
	return strings.TrimPrefix(full, p.ID.Text+"-")
}

// reference finds what an id in this plan means, and whether it is one of this plan.
// What is neither here nor looks as if it were meant to be here belongs to another plan.
func (p *Plan) reference(id string) (full string, here bool) {
	mine := p.ID.Text + "-"
	switch {
	case p.byID[id] != nil || p.decisionByID[id] != nil:
		return id, true
	case p.byID[mine+id] != nil || p.decisionByID[mine+id] != nil:
		return mine + id, true
	case p.ID.Text != "" && (strings.HasPrefix(id, mine) || id == p.ID.Text):
		return id, true
	case isForeign(id):
		return id, false
	case !strings.Contains(id, "-") || p.hasShape(id) || len(id) <= 64 && diag.DidYouMean(id, p.shorts()) != "":
		return mine + id, true
	}
	return id, false
}

// isForeign tells whether id looks like one of another plan: it has a number, and more behind it, as in X-WP-0003-T06.
func isForeign(id string) bool {
	parts := strings.Split(id, "-")
	for _, part := range parts[:len(parts)-1] {
		if part != "" && strings.Trim(part, "0123456789") == "" {
			return true
		}
	}
	return false
}

// hasShape tells whether id begins with the letters of a short id of this plan and a number.
func (p *Plan) hasShape(id string) bool {
	letters, rest := shape(id)
	if letters == "" || rest == "" || !isDigit(rest[0]) {
		return false
	}
	for _, s := range p.shorts() {
		if l, _ := shape(s); strings.EqualFold(l, letters) {
			return true
		}
	}
	return letters == "T" || letters == "D"
}

func shape(id string) (letters, rest string) {
	i := 0
	for i < len(id) && isLetter(id[i]) {
		i++
	}
	return id[:i], strings.TrimPrefix(id[i:], "-")
}

// maxShorts bounds the ids that a misspelt one is compared with.
const maxShorts = 300

// shorts returns the short ids of the plan's decisions and tasks, or the first of them.
func (p *Plan) shorts() []string {
	out := make([]string, 0, min(maxShorts, len(p.Tasks)+len(p.Decisions)))
	for _, d := range p.Decisions[:min(len(p.Decisions), maxShorts/3)] {
		out = append(out, d.Short)
	}
	for _, t := range p.Tasks[:min(len(p.Tasks), maxShorts-len(out))] {
		out = append(out, t.Short)
	}
	return out
}
