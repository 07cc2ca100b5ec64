// Package view turns what a command found out into text for people and into versioned JSON.
// It decides nothing, reads no files and contacts nothing; at most it asks a terminal for its size.
// What comes from outside goes through Safe before it is printed.
package view

import (
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// Options say how text is to look. The zero value is plain ASCII without colour, and lines that are never cut.
type Options struct {
	Out       io.Writer              // where Live and Lines write; other views are given their writer
	Color     bool                   // with ANSI colours
	Unicode   bool                   // with ✓ ✗ … rather than words
	Width     int                    // columns to fit into; 0: lines are neither cut nor wrapped
	Height    int                    // rows, for Live; 0: 24 until the terminal says
	Source    bool                   // Diagnostics show the line of the file
	Verbose   bool                   // Run shows the steps that passed as well
	Told      bool                   // Run leaves out the lines of tasks that Live has left on the same terminal
	NoHeaders bool                   // tables have no heading
	GitHub    bool                   // the output is read by a runner of GitHub or Gitea actions
	Zone      *time.Location         // of the times that are shown; nil is the local one
	Short     func(id string) string // how Live and Lines name a task; nil: by its full id
	Now       func() time.Time       // nil is time.Now
}

// Terminal returns the options that fit f, which is a terminal or not: flag is the value of --color
// ("auto", "always", "never" or ""), and getenv is os.Getenv or takes its place.
func Terminal(f *os.File, flag string, getenv func(string) string) Options {
	tty := term.IsTerminal(int(f.Fd()))
	o := Options{
		Out: f, Color: colorWanted(flag, getenv, tty), Unicode: unicodeWanted(getenv),
		Source: tty, GitHub: getenv("GITHUB_ACTIONS") == "true",
	}
	if tty {
		if w, h, err := term.GetSize(int(f.Fd())); err == nil {
			o.Width, o.Height = w, h
		}
	}
	return o
}

// colorWanted tells whether to print colours. The first that speaks decides:
// the flag ("always" or "never"), NO_COLOR, FORCE_COLOR and CLICOLOR_FORCE, CLICOLOR=0,
// and then whether it is a terminal that is not dumb.
func colorWanted(flag string, getenv func(string) string, tty bool) bool {
	switch {
	case flag == "always":
		return true
	case flag == "never", getenv("NO_COLOR") != "":
		return false
	case forced(getenv("FORCE_COLOR")), forced(getenv("CLICOLOR_FORCE")):
		return true
	case getenv("CLICOLOR") == "0":
		return false
	}
	return tty && getenv("TERM") != "dumb"
}

func forced(v string) bool { return v != "" && v != "0" }

// unicodeWanted tells whether glyphs beyond ASCII can be shown, by the locale.
// Nothing set is taken for UTF-8: containers and CI set nothing.
func unicodeWanted(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// LiveWanted tells whether progress can be drawn in place on a stream: it is a terminal, not a dumb one,
// not a CI's, and nobody asked for less.
func LiveWanted(getenv func(string) string, tty, quiet, plain bool) bool {
	ci := getenv("CI")
	return tty && !quiet && !plain && getenv("TERM") != "dumb" && (ci == "" || ci == "0" || ci == "false")
}

func (o Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

func (o Options) local(t time.Time) time.Time {
	if o.Zone != nil {
		return t.In(o.Zone)
	}
	return t.Local()
}

func (o Options) short(id string) string {
	if o.Short != nil {
		id = o.Short(id)
	}
	return Safe(id)
}
