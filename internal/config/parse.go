package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// maxFile bounds the size of a configuration.
const maxFile = 1 << 20

// maxProblems is how many places are told of in one file: more is no help to anybody.
const maxProblems = 100

const bom = "\ufeff"

func (l *layer) parse(src []byte) {
	l.file = text.NewFile(l.path, src)
	if len(src) > maxFile {
		l.add(nil, "too-large", "", "the file is larger than %d KiB", maxFile>>10)
		return
	}
	if !utf8.Valid(src) {
		l.add(nil, "bad-encoding", "", "the file is not UTF-8")
		return
	}
	src = []byte(strings.TrimPrefix(string(src), bom))
	if strings.TrimSpace(string(src)) == "" {
		return
	}
	doc, err := l.document(src)
	if err != nil {
		l.syntax(err)
	}
	if doc != nil && len(doc.Content) == 1 && !strict.IsNull(doc.Content[0]) {
		l.decode(doc.Content[0])
	}
}

// document returns the one document of src, or nil.
func (l *layer) document(src []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(src))
	if err != nil {
		return nil, err
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		return nil, ignore(err, io.EOF)
	}
	if err := loader.Load(&second); err != nil {
		return &doc, ignore(err, io.EOF)
	}
	l.add(&second, "bad-yaml", "", "a second document begins here, and only one is read")
	return &doc, nil
}

// ignore returns err, unless it is one that is no error here.
func ignore(err, one error) error {
	if errors.Is(err, one) {
		return nil
	}
	return err
}

// syntax tells of a text that is no YAML, or of more than one document.
func (l *layer) syntax(err error) {
	d := diag.Diagnostic{Pos: text.Pos{File: l.path, Line: 1, Col: 1}, Severity: diag.Error, Code: "bad-yaml", Message: err.Error()}
	var at *yaml.LoadError
	if errors.As(err, &at) {
		d.Message = at.Message
		if at.Mark.Line > 0 {
			d.Pos = l.pos(at.Mark.Line, at.Mark.Column)
		}
	}
	l.tell(d)
}

// decode decodes n into the settings, and looks at what types do not show.
func (l *layer) decode(n *yaml.Node) {
	l.keys, l.values = map[string]*yaml.Node{}, map[string]*yaml.Node{}
	l.index("", n, 0)
	for _, p := range strict.Decode(n, &l.settings, strict.Options{Free: "x-"}) {
		if len(l.told) >= maxProblems {
			break
		}
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		}
		l.tell(diag.Diagnostic{Pos: l.at(p.Node), Severity: severity, Code: p.Code, Message: p.Message, Hint: p.Hint})
	}
	l.validate()
}

// maxIndex bounds what aliases can blow a file up to; settings of real files are far below it.
const maxIndex = 1 << 15

// index notes the nodes by their paths, as deep as settings go.
func (l *layer) index(path string, n *yaml.Node, depth int) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if depth > 4 || len(l.values) > maxIndex {
		return
	}
	join := func(key string) string { return strings.TrimPrefix(path+"."+key, ".") }
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			p := join(n.Content[i].Value)
			l.keys[p], l.values[p] = n.Content[i], n.Content[i+1]
			l.index(p, n.Content[i+1], depth+1)
		}
	case yaml.SequenceNode:
		for i, item := range n.Content {
			l.values[join(strconv.Itoa(i))] = item
			l.index(join(strconv.Itoa(i)), item, depth+1)
		}
	}
}

// add tells of an error at n; nil is the whole file. Where something is wrong already it adds nothing.
func (l *layer) add(n *yaml.Node, code, hint, format string, args ...any) {
	if l.wrong(n) {
		return
	}
	l.tell(diag.Diagnostic{Pos: l.at(n), Severity: diag.Error, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (l *layer) tell(d diag.Diagnostic) {
	if l.told == nil {
		l.told = map[text.Pos]bool{}
	}
	l.told[d.Pos] = true
	l.problems = append(l.problems, d)
}

// wrong tells whether something was said about n already, or enough about the file.
func (l *layer) wrong(n *yaml.Node) bool { return len(l.told) >= maxProblems || l.told[l.at(n)] }

// item returns the node of an item of a list, which may be written without its list when it is the only one.
func (l *layer) item(list string, i int) *yaml.Node {
	if n := l.values[list+"."+strconv.Itoa(i)]; n != nil {
		return n
	}
	return l.values[list]
}

// at returns the place of n.
func (l *layer) at(n *yaml.Node) text.Pos {
	if n == nil || n.Line == 0 {
		return text.Pos{File: l.path}
	}
	return l.pos(n.Line, n.Column)
}

// pos turns YAML's column, which counts characters, into one that counts bytes.
// What YAML finds behind the end is at the end.
func (l *layer) pos(line, column int) text.Pos {
	if line > l.file.Lines() {
		return l.file.Pos(len(l.file.Src))
	}
	s := l.file.Line(line)
	col := 1
	if line == 1 && strings.HasPrefix(s, bom) {
		s, col = s[len(bom):], 1+len(bom)
	}
	for i := 1; i < column && s != ""; i++ {
		_, size := utf8.DecodeRuneInString(s)
		s, col = s[size:], col+size
	}
	return text.Pos{File: l.path, Line: line, Col: col}
}
