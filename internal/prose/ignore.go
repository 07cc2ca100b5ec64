package prose

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Ignores are the places of a plan where its author does not want to be told something.
type Ignores struct {
	list []*ignore
	file *text.File
}

// ignore is one comment: wpctl:ignore CODE reason.
type ignore struct {
	span   text.Span // the comment
	codes  []string
	reason string
	lines  [2]int // the first and the last line that it is about
	used   map[string]bool
	errors map[string]bool // codes of errors that it cannot hide
}

const (
	ignoreWord = "wpctl:ignore"
	ignoreTail = ":ignore" // begins with what is rare, so that it is soon seen not to be there
)

// ReadIgnores returns the suppressions of a plan; nil where there are none, which costs next to nothing.
func ReadIgnores(p *workplan.Plan) *Ignores {
	if !bytes.Contains(p.File.Src, []byte(ignoreTail)) {
		return nil
	}
	r := &ignoreReader{plan: p, file: p.File}
	r.read()
	if len(r.out) == 0 {
		return nil
	}
	return &Ignores{list: r.out, file: p.File}
}

// Apply takes out of a plan's diagnostics what is suppressed, and adds what is wrong with the suppressions.
// Errors cannot be suppressed.
func (g *Ignores) Apply(list diag.List) diag.List {
	if g == nil {
		return list
	}
	list = slices.DeleteFunc(list, func(d diag.Diagnostic) bool {
		hidden := false
		for _, i := range g.list {
			if d.Pos.Line < i.lines[0] || d.Pos.Line > i.lines[1] || !slices.Contains(i.codes, d.Code) {
				continue
			}
			if d.Severity == diag.Error {
				i.errors[d.Code] = true
				continue
			}
			i.used[d.Code], hidden = true, true
		}
		return hidden
	})
	for _, i := range g.list {
		list = append(list, i.check(g.file)...)
	}
	list.Sort()
	return list
}

// Hides tells whether a code is suppressed at an offset.
func (g *Ignores) Hides(code string, at int) bool {
	if g == nil {
		return false
	}
	line := g.file.Pos(at).Line
	return slices.ContainsFunc(g.list, func(i *ignore) bool {
		return i.lines[0] <= line && line <= i.lines[1] && slices.Contains(i.codes, code)
	})
}

// check tells what is wrong with a suppression, now that all diagnostics have been seen.
func (i *ignore) check(f *text.File) (out diag.List) {
	add := func(code, hint, format string, args ...any) {
		out = append(out, diag.Diagnostic{
			Pos: f.Pos(i.span.Start), Len: i.span.Len(), Severity: diag.Warning, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
		})
	}
	if len(i.codes) == 0 {
		add("bad-ignore", "write wpctl:ignore CODE reason", "the suppression names no code")
		return out
	}
	if i.reason == "" {
		add("bad-ignore", "write the reason behind the code", "the suppression of %s gives no reason", strings.Join(i.codes, ", "))
	}
	for _, code := range i.codes {
		switch {
		case !diag.Known(code):
			add("bad-ignore", diag.DidYouMean(code, diag.Names()), "there is no code %q", code)
		case i.used[code]:
		case i.errors[code]:
			add("unused-ignore", "mend it, or remove the suppression", "%s is an error here, which cannot be suppressed", code)
		default:
			add("unused-ignore", "remove it, or put it right before the line or block that it is about", "the suppression of %s suppresses nothing", code)
		}
	}
	return out
}

// ignoreReader finds the suppressions of a plan: comments of markdown outside code, and comments in its YAML blocks.
type ignoreReader struct {
	plan *workplan.Plan
	file *text.File
	out  []*ignore
}

func (r *ignoreReader) read() {
	fence, ours, front := "", false, 0
	if len(r.file.Src) > 3 && strings.HasPrefix(r.file.Line(1), "---") {
		front = r.file.Pos((&reader{src: r.file.Src}).frontEnd()).Line
	}
	for n := 1; n <= r.file.Lines(); n++ {
		line := r.file.Line(n)
		bare := []byte(strings.TrimSpace(line))
		switch {
		case n <= front:
			r.yaml(n, line)
		case fence != "":
			if isFence(bare, fence[0]) && len(bare) >= len(fence) && strings.Trim(string(bare), fence[:1]) == "" {
				fence = ""
			} else if ours {
				r.yaml(n, line)
			}
		case opensFence(bare) != "":
			fence = opensFence(bare)
			info := strings.TrimLeft(string(bare[bytes.Index(bare, []byte(fence)):]), "`~ ")
			word, _, _ := strings.Cut(info, " ")
			ours = word == "task" || word == "verify" || word == "decision"
		default:
			r.markdown(n, line)
		}
	}
}

// markdown reads a comment: <!-- wpctl:ignore CODE reason -->.
func (r *ignoreReader) markdown(n int, line string) {
	at := strings.Index(line, "<!--")
	if at < 0 || strings.Count(line[:at], "`")%2 == 1 {
		return
	}
	says, ok := strings.CutPrefix(strings.TrimSpace(line[at+4:]), ignoreWord)
	if !ok {
		return
	}
	end := strings.Index(line, "-->")
	says, _, _ = strings.Cut(says, "-->")
	if end < 0 {
		end = len(line) - 3
	}
	start := r.file.LineSpan(n).Start
	i := newIgnore(text.Span{Start: start + at, End: start + end + 3}, says)
	if strings.Trim(line[:at], " \t>-*+") != "" {
		i.lines = [2]int{n, n}
	} else {
		i.lines = r.block(n + 1)
	}
	r.out = append(r.out, i)
}

// block returns the lines of the block that begins at line n or below it: up to a blank line, a code block as a whole, and a
// heading with its section.
func (r *ignoreReader) block(n int) [2]int {
	for n <= r.file.Lines() && strings.Trim(r.file.Line(n), " \t>") == "" {
		n++
	}
	bare := []byte(strings.TrimSpace(r.file.Line(n)))
	if len(bare) == 0 {
		return [2]int{n, n}
	}
	if bare[0] == '#' {
		level := len(bare) - len(bytes.TrimLeft(bare, "#"))
		return [2]int{n, r.section(n+1, level)}
	}
	last := n
	if fence := opensFence(bare); fence != "" {
		for last++; last < r.file.Lines(); last++ {
			if isFence(bytes.TrimSpace([]byte(r.file.Line(last))), fence[0]) {
				break
			}
		}
		return [2]int{n, last}
	}
	for last < r.file.Lines() && strings.Trim(r.file.Line(last+1), " \t>") != "" {
		last++
	}
	return [2]int{n, last}
}

// section returns the last line before the next heading of a level or above.
func (r *ignoreReader) section(n, level int) int {
	fence := ""
	for ; n <= r.file.Lines(); n++ {
		bare := []byte(strings.TrimSpace(r.file.Line(n)))
		switch {
		case fence != "":
			if isFence(bare, fence[0]) {
				fence = ""
			}
		case len(bare) == 0:
		case opensFence(bare) != "":
			fence = opensFence(bare)
		case bare[0] == '#' && len(bare)-len(bytes.TrimLeft(bare, "#")) <= level:
			return n - 1
		}
	}
	return r.file.Lines()
}

// yaml reads a comment in a block: # wpctl:ignore CODE reason.
func (r *ignoreReader) yaml(n int, line string) {
	at := strings.Index(line, "# "+ignoreWord)
	if at < 0 {
		return
	}
	start := r.file.LineSpan(n).Start
	i := newIgnore(text.Span{Start: start + at, End: start + len(line)}, line[at+2+len(ignoreWord):])
	if strings.Trim(line[:at], " \t>") != "" {
		i.lines = [2]int{n, n}
	} else {
		i.lines = r.nested(n + 1)
	}
	r.out = append(r.out, i)
}

// nested returns a line of YAML with those that are indented below it.
func (r *ignoreReader) nested(n int) [2]int {
	indent := func(n int) int { s := r.file.Line(n); return len(s) - len(strings.TrimLeft(s, " >")) }
	last := n
	for last < r.file.Lines() && indent(last+1) > indent(n) && !isFence([]byte(strings.TrimSpace(r.file.Line(last+1))), '`') {
		last++
	}
	return [2]int{n, last}
}

func newIgnore(span text.Span, says string) *ignore {
	i := &ignore{span: span, used: map[string]bool{}, errors: map[string]bool{}}
	if says = strings.TrimSpace(says); says == "" {
		return i
	}
	codes, reason, _ := strings.Cut(says, " ")
	for _, code := range strings.Split(codes, ",") {
		if code != "" {
			i.codes = append(i.codes, code)
		}
	}
	i.reason = strings.TrimSpace(reason)
	return i
}
