package steps

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// shJudge compares a command's end with what is wanted, and decodes its output into self.
// The error says that what was kept of the output does not decide.
func shJudge(a shArgs, r proc.Result, self *shSelf) (ms []Mismatch, err error) {
	if r.Exit != a.Exit {
		ms = append(ms, Mismatch{Want: fmt.Sprintf("exit %d", a.Exit), Saw: lastLine(r)})
	}
	for _, s := range []struct {
		name string
		want *Text
		text string
		cut  int64
	}{{"stdout", a.Stdout, self.Stdout, r.Stdout.Dropped}, {"stderr", a.Stderr, self.Stderr, r.Stderr.Dropped}} {
		if s.want == nil {
			continue
		}
		found, sure := s.want.checkPart(s.name, s.text, s.cut == 0)
		if !sure && len(ms) == 0 {
			return nil, tooMuch(s.name, s.cut)
		}
		ms = append(ms, found...)
	}
	if a.Output != "json" {
		return ms, nil
	}
	if r.Stdout.Dropped > 0 && len(ms) == 0 {
		return nil, tooMuch("stdout", r.Stdout.Dropped)
	}
	v, jsonErr := parseJSON([]byte(self.Stdout))
	if jsonErr != nil {
		return append(ms, Mismatch{"stdout is JSON", fmt.Sprintf("stdout %s (%v)", Quote(firstLine(self.Stdout)), jsonErr)}), nil
	}
	self.JSON = v
	return ms, nil
}

func tooMuch(what string, dropped int64) error {
	return fmt.Errorf("%s is %d bytes longer than what is kept, and what is wanted of it may be there: let the command write less", what, dropped)
}

// checkPart is Check where s may be only a part of the text. What a part shows for certain counts: that contains is
// there, that lacks is broken. Sure tells whether that decides.
func (t Text) checkPart(what, s string, whole bool) (ms []Mismatch, sure bool) {
	if whole {
		return t.Check(what, s), true
	}
	if ms := (Text{Lacks: t.Lacks}).Check(what, s); len(ms) > 0 {
		return ms, true
	}
	needsAll := t.Equals != nil || t.Lacks != nil || t.Only != nil || t.Matches != nil
	return nil, !needsAll && len(t.Check(what, s)) == 0
}

// shWhy says what exit codes usually mean.
func shWhy(a shArgs, r proc.Result) (why []string) {
	if r.Exit == a.Exit {
		return nil
	}
	if onlyBash(string(a.Run)) {
		why = append(why, "the command is written for bash, and "+shell+" may be another shell: write bash -c '…'")
	}
	switch {
	case r.Signal != "":
		why = append(why, "signal: "+r.Signal)
	case r.Exit == 126:
		why = append(why, "126: a program was found and may not be executed")
	case r.Exit == 127:
		why = append(why, "127: a program was not found")
	case r.Exit == 137:
		why = append(why, "137: a program was killed, often for want of memory")
	case r.Exit > 128 && r.Exit < 128+65:
		why = append(why, fmt.Sprintf("%d: a program was ended by signal %d", r.Exit, r.Exit-128))
	}
	return why
}

// lastLine quotes what a command said last, which most often is its error.
func lastLine(r proc.Result) string {
	for _, s := range []struct{ name, text string }{{"stderr", r.Stderr.Text}, {"stdout", r.Stdout.Text}} {
		text := strings.TrimSpace(strings.ToValidUTF8(s.text, "�"))
		if text != "" {
			return s.name + " " + Quote(text[strings.LastIndexByte(text, '\n')+1:])
		}
	}
	return ""
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return strings.TrimSpace(line)
}
