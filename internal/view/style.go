package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// style knows glyphs and colours: the terminal's own sixteen, so that they fit its theme.
type style struct{ color, unicode bool }

func (o Options) style() style { return style{o.Color, o.Unicode} }

const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

// paint returns s in a colour; no colour, and no s, is s.
func (s style) paint(code, text string) string {
	if !s.color || code == "" || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s style) dim(text string) string  { return s.paint(dim, text) }
func (s style) bold(text string) string { return s.paint(bold, text) }

// look is how an outcome appears.
type look struct{ glyph, ascii, color string }

var looks = map[check.Outcome]look{
	check.Passed:     {"✓", "ok", green},
	check.Failed:     {"✗", "FAIL", red},
	check.Unknown:    {"?", "?", yellow},
	check.Awaiting:   {"…", "...", cyan},
	check.Skipped:    {"○", "-", dim},
	check.Deferred:   {"○", "-", dim},
	check.Waived:     {"○", "-", yellow},
	check.Unverified: {"○", "-", dim},
	check.Blocked:    {"○", "-", yellow},
}

// outcomes is the order in which counts are told.
var outcomes = []check.Outcome{
	check.Passed, check.Failed, check.Unknown, check.Awaiting, check.Blocked,
	check.Unverified, check.Waived, check.Deferred, check.Skipped,
}

// mark returns the glyph of an outcome without its colour; all are as wide as glyphs says.
func (s style) mark(o check.Outcome) string {
	if s.unicode {
		return looks[o].glyph
	}
	return pad(looks[o].ascii, s.glyphs())
}

// glyph returns the glyph of an outcome, in colour.
func (s style) glyph(o check.Outcome) string { return s.paint(looks[o].color, s.mark(o)) }

// glyphs is the width of a glyph.
func (s style) glyphs() int {
	if s.unicode {
		return 1
	}
	return 4
}

// word returns the outcome's word, in colour.
func (s style) word(o check.Outcome) string { return s.paint(looks[o].color, string(o)) }

// more is what stands for what was cut off.
func (s style) more() string {
	if s.unicode {
		return "…"
	}
	return "..."
}

// arrows writes the arrows of text so that the terminal can show them.
func (s style) arrows(text string) string {
	if s.unicode {
		return text
	}
	return strings.ReplaceAll(text, "→", "->")
}

// fit cuts s to width columns, ending in an ellipsis; 0 is no limit.
func (s style) fit(text string, width int) string {
	if width <= 0 || cells(text) <= width {
		return text
	}
	if width <= len("...") {
		return ansi.Truncate(text, width, "")
	}
	return ansi.Truncate(text, width, s.more())
}

// took writes a duration as people say it: 0.3s, 12s, 1m05s, 2h03m.
func took(d time.Duration) string {
	switch {
	case d < 0:
		return "0s"
	case d < 50*time.Millisecond:
		return "0.0s"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return seconds(d)
}

// seconds is took in whole seconds.
func seconds(d time.Duration) string {
	n := int(max(d, 0) / time.Second)
	switch {
	case n < 60:
		return fmt.Sprintf("%ds", n)
	case n < 3600:
		return fmt.Sprintf("%dm%02ds", n/60, n%60)
	}
	return fmt.Sprintf("%dh%02dm", n/3600, n/60%60)
}

// plural returns "1 step" or "2 steps".
func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
