package workplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// SetFindings returns the edits that write findings under a task (id full or short), or under the plan's own steps (the plan's id).
// There are none where the block that is there says the same already, whatever its day.
// It is an error where the markers in the file are not in order: what lies between them cannot be told then.
func (p *Plan) SetFindings(id string, f Findings) ([]text.Edit, error) {
	if f.Level == None {
		return nil, nil
	}
	id, old, end, err := p.findingsPlace(id)
	if err != nil {
		return nil, err
	}
	if !IsDay(f.Date) {
		return nil, fmt.Errorf("findings of %s: %q is no day", id, f.Date)
	}
	if strings.Trim(f.Steps, "0123456789abcdef") != "" {
		return nil, fmt.Errorf("findings of %s: %q is no digest", id, f.Steps)
	}
	marker := openingMarker(id, f.Steps)
	var edit text.Edit
	var lines []string
	if old != nil {
		lines = f.render(old.Date, old.records, old.Date)
		same := old.Date != "" && slices.Equal(lines, old.lines)
		if same && marker == openingMarker(old.ID, old.Steps) {
			return nil, nil
		}
		if !same {
			lines = f.render(f.Date, old.records, old.Date)
		}
		edit = p.replaceFindings(old, marker, lines)
	} else {
		lines = f.render(f.Date, nil, "")
		edit = p.insertFindings(end, marker, lines)
	}
	p.wanted = append(p.wanted, intent{edit: edit, findings: id, value: findingsFact(marker, lines)})
	return []text.Edit{edit}, nil
}

// findingsPlace returns the full id, the block that is there, and where a new one goes.
func (p *Plan) findingsPlace(id string) (string, *FindingsBlock, place, error) {
	old, end := p.Findings, p.end
	if !p.isPlan(id) {
		t, err := p.oneTask(id)
		if err != nil {
			return "", nil, place{}, err
		}
		id, old, end = t.ID.Text, t.Findings, t.end
	}
	switch {
	case p.broken[""] != "":
		return "", nil, place{}, errors.New(p.broken[""])
	case p.broken[id] != "":
		return "", nil, place{}, errors.New(p.broken[id])
	case !isID(id):
		return "", nil, place{}, fmt.Errorf("%q cannot be an id", id)
	case old == nil && !end.ok:
		return "", nil, place{}, fmt.Errorf("%s has no steps of its own, and nowhere to put findings", id)
	}
	return id, old, end, nil
}

func (p *Plan) replaceFindings(old *FindingsBlock, marker string, lines []string) text.Edit {
	var s strings.Builder
	s.WriteString(marker + old.eol)
	writeLines(&s, old.prefix, old.eol, lines)
	s.WriteString(old.prefix + closingMarker)
	if last := p.File.Src[old.Span.End-1]; last == '\n' {
		s.WriteString(old.eol)
	}
	return text.Edit{Span: old.Span, New: s.String()}
}

func (p *Plan) insertFindings(end place, marker string, lines []string) text.Edit {
	src := p.File.Src
	blank := strings.TrimRight(end.prefix, " \t") + end.eol
	var s strings.Builder
	atEnd := end.at == len(src) && end.at > 0 && src[end.at-1] != '\n' // the last line has no line ending, and keeps none
	if atEnd {
		s.WriteString(end.eol)
	}
	s.WriteString(blank + end.prefix + marker + end.eol)
	writeLines(&s, end.prefix, end.eol, lines)
	s.WriteString(end.prefix + closingMarker)
	if !atEnd {
		s.WriteString(end.eol)
		if end.at < len(src) && strings.Trim(string(firstLine(src[end.at:])), " \t>\r\n") != "" {
			s.WriteString(blank)
		}
	}
	return text.Edit{Span: text.Span{Start: end.at, End: end.at}, New: s.String()}
}

func writeLines(s *strings.Builder, prefix, eol string, lines []string) {
	for _, line := range lines {
		s.WriteString(strings.TrimRight(prefix+line, " \t") + eol)
	}
}
