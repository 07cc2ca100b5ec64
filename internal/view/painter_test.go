package view

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// screen is as much of a terminal as a painter needs, without an end.
type screen struct {
	lines    []string
	row, col int
	writes   int
}

var sequence = regexp.MustCompile(`^(?:\x1b\[(\??\d*)([A-Za-z])|\r|\n|[^\x1b\r\n]+)`)

func (s *screen) Write(p []byte) (int, error) {
	s.writes++
	for text := string(p); text != ""; {
		m := sequence.FindStringSubmatch(text)
		text = text[len(m[0]):]
		s.do(m[0], m[1], m[2])
		for len(s.lines) <= s.row {
			s.lines = append(s.lines, "")
		}
	}
	return len(p), nil
}

func (s *screen) do(text, number, command string) {
	switch {
	case command == "A":
		n, _ := strconv.Atoi(number)
		s.row -= n
	case command == "J":
		s.lines = append(s.lines[:s.row], "")
	case command == "K":
		s.lines[s.row] = s.lines[s.row][:s.col]
	case command != "":
	case text == "\r":
		s.col = 0
	case text == "\n":
		s.row++
	default:
		line := s.lines[s.row]
		s.lines[s.row] = line[:s.col] + text + line[min(len(line), s.col+len(text)):]
		s.col += len(text)
	}
}

func TestPainter(t *testing.T) {
	s := &screen{lines: []string{"$ wpctl run", ""}, row: 1}
	p := painter{w: s}
	show := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(append([]string{"$ wpctl run"}, append(want, "")...), s.lines); d != "" {
			t.Error(d)
		}
	}
	p.paint(nil, []string{"a1", "b1", "2 running"}, 80)
	show("a1", "b1", "2 running")
	p.paint(nil, []string{"a2", "b1", "2 running"}, 80)
	show("a2", "b1", "2 running")
	p.paint([]string{"a ended", "as it should"}, []string{"b2", "1 running"}, 80)
	show("a ended", "as it should", "b2", "1 running")
	p.paint(nil, []string{"b2", "", "d1", "3 running"}, 80)
	show("a ended", "as it should", "b2", "", "d1", "3 running")
	p.paint(nil, []string{"0 running"}, 80)
	show("a ended", "as it should", "0 running")
	n := s.writes
	p.paint(nil, []string{"0 running"}, 80)
	if s.writes != n {
		t.Error("it painted what was there already")
	}
	p.close([]string{"b ended"})
	show("a ended", "as it should", "b ended")
}

func TestPainterKnowsBrokenRows(t *testing.T) {
	p := painter{rows: []string{"", strings.Repeat("x", 79), "short"}, width: 80}
	if got := p.height(40); got != 4 {
		t.Errorf("got %d", got)
	}
}
