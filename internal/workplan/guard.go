package workplan

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// guard is what a look at the first lines tells about the front matter, before markdown is parsed.
// An unclosed front matter would swallow every task without an error.
type guard struct {
	found  bool      // it begins on the first line
	intact bool      // and is closed as it should be: markdown will find it
	yaml   text.Span // between the delimiters
	body   int       // where the rest of the file begins
}

// guardFront looks for front matter at base, which is behind the byte order mark.
func (p *planParser) guardFront(base int) guard {
	src := p.file.Src
	first := firstLine(src[base:])
	delim := bytes.TrimRight(first, "\r\n")
	if !isDashes(bytes.TrimRight(delim, " \t")) {
		p.misplacedFront(base)
		return guard{body: base}
	}
	intact := isDashes(delim)
	if !intact {
		p.report(base, len(delim), diag.Error, "front-matter-delimiter", "remove the blanks", "blanks follow the dashes that open the front matter")
	}
	delim = bytes.TrimRight(delim, " \t")
	start := base + len(first)
	for at := start; at < len(src); {
		line := firstLine(src[at:])
		bare := bytes.TrimRight(line, "\r\n")
		trimmed := bytes.TrimRight(bare, " \t")
		if !isDashes(trimmed) && string(trimmed) != "..." {
			at += len(line)
			continue
		}
		if !bytes.Equal(bare, delim) {
			intact = false
			p.report(at, len(bare), diag.Error, "front-matter-delimiter", "write "+string(delim)+" alone on the line", "the front matter is not closed by %q", bare)
		}
		return guard{true, intact, text.Span{Start: start, End: at}, at + len(line)}
	}
	p.report(base, len(delim), diag.Error, "unclosed-front-matter", "write "+string(delim)+" alone on the line after it", "the front matter is not closed")
	return guard{body: start}
}

// misplacedFront reports a file that has no front matter on its first line.
func (p *planParser) misplacedFront(base int) {
	src := p.file.Src
	for at, n := base, 0; at < len(src) && n < 20; n++ {
		line := firstLine(src[at:])
		bare := bytes.TrimSpace(line)
		if isDashes(bytes.TrimLeft(bare, "> ")) {
			p.report(at, len(bare), diag.Error, "front-matter-place", "move it to the first line, at its beginning", "front matter begins on the first line of the file, or there is none")
			return
		}
		if len(bytes.Trim(bare, "> ")) > 0 {
			break
		}
		at += len(line)
	}
	p.report(base, 0, diag.Error, "no-front-matter", "begin the file with ---, id: and type: workplan, ---", "the file has no front matter")
}

func isDashes(line []byte) bool {
	return len(line) >= 3 && len(bytes.Trim(line, "-")) == 0
}

// firstLine returns the line that src begins with, line ending included.
func firstLine(src []byte) []byte {
	if i := bytes.IndexByte(src, '\n'); i >= 0 {
		return src[:i+1]
	}
	return src
}
