package workplan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// load parses the YAML of b and reports what cannot be read; it returns whether there is anything to decode.
func (p *planParser) load(b *block) bool {
	b.measure()
	if !utf8.Valid(b.raw) || bytes.IndexByte(b.raw, 0) >= 0 {
		return false // reported by checkBytes
	}
	root, second, err := readYAML(b.raw)
	switch {
	case errors.Is(err, io.EOF):
		p.empty(b)
		return false
	case err != nil:
		p.yamlError(b, err)
		return false
	case second != nil:
		p.report(b.at(b.start(second)), 0, diag.Error, "second-document", "remove the line of dashes, or make another block", "one YAML document a block: this is the second")
	}
	if isNothing(root) {
		p.empty(b)
		return false
	}
	if !p.checkPlainYAML(b, root) {
		return false
	}
	b.node = root
	return true
}

// isNothing tells whether a node stands for what is not written.
func isNothing(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" && n.Style&quoted == 0
}

func (p *planParser) empty(b *block) {
	hint := map[string]string{
		taskBlock: "write at least id: T01", verifyBlock: "write a list of steps, or remove the block",
		decisionBlock: "write at least id: D-01", frontBlock: "write at least id: and type: workplan",
	}[b.kind]
	what := "this " + b.kind + " block"
	if b.kind == frontBlock {
		what = "the front matter"
	}
	p.report(b.span.Start, 0, diag.Error, "empty-block", hint, "%s is empty", what)
}

// readYAML returns the first document of raw, and the beginning of a second one where there is one.
// No document at all is io.EOF.
func readYAML(raw []byte) (root, second *yaml.Node, err error) {
	loader, err := yaml.NewLoader(bytes.NewReader(raw))
	if err != nil {
		return nil, nil, err
	}
	doc, err := nextDocument(loader)
	if err != nil {
		return nil, nil, err
	}
	root = doc
	if doc.Kind == yaml.DocumentNode && len(doc.Content) > 0 {
		root = doc.Content[0]
	}
	if second, err = nextDocument(loader); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	return root, second, nil
}

// nextDocument returns the next document of a loader; where there is none, io.EOF.
func nextDocument(l *yaml.Loader) (doc *yaml.Node, err error) {
	defer func() {
		// The YAML parser panics where it finds a mistake of its own.
		if r := recover(); r != nil {
			doc, err = nil, fmt.Errorf("%v", r)
		}
	}()
	doc = &yaml.Node{}
	if err := l.Load(doc); err != nil {
		return nil, err
	}
	return doc, nil
}

// yamlError reports a syntax error, at its place in the file.
func (p *planParser) yamlError(b *block, err error) {
	message, mark := strings.TrimPrefix(err.Error(), "yaml: "), yaml.Mark{}
	var one *yaml.LoadError
	var many *yaml.LoadErrors
	if errors.As(err, &many) && len(many.Errors) > 0 {
		one = many.Errors[0]
	}
	if one != nil || errors.As(err, &one) {
		message, mark = one.Message, one.Mark
		if one.ContextMsg != "" {
			message = one.ContextMsg + ": " + message
		}
		// What began and never ended is told where it began. A block ends by itself: there, what cannot be read counts.
		if one.ContextMark.Line > 0 && mark.Line > one.ContextMark.Line && !strings.Contains(one.ContextMsg, "parsing a block") {
			mark = one.ContextMark
		}
	}
	at := b.offset(mark.Line, mark.Column)
	switch {
	case mark.Line == 0 && mark.Index > 0 && mark.Index < len(b.raw):
		at = mark.Index
	case mark.Line == 0:
		at = 0
	}
	p.report(b.at(at), 0, diag.Error, "bad-yaml", yamlHint(b, at, message), "the YAML cannot be read: %s", message)
}

// yamlHint guesses what led to a syntax error.
func yamlHint(b *block, at int, message string) string {
	at = min(at, len(b.raw))
	start := b.breaks[sortedIndex(b.breaks, at)]
	line := bytes.TrimRight(firstLine(b.raw[start:]), "\r\n")
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("\t")):
		return "indent with spaces, not with tabs"
	case strings.Contains(message, "mapping values are not allowed"):
		if !bytes.ContainsRune(b.raw[start:max(start, at)], ':') {
			return "begin this line in the same column as the key above it"
		}
		return "put the text behind the first colon in quotes: it has another colon in it"
	case strings.Contains(message, "cannot start any token"):
		return "put the value in quotes"
	case strings.Contains(message, "unknown anchor"), strings.Contains(message, "alphabetic or numeric character"):
		return "put the value in quotes: a * or & at its beginning means something in YAML"
	case strings.Contains(message, "parsing a flow") && bytes.Contains(line, []byte("${{")):
		return `within braces and brackets, put ${{ }} in quotes: "${{ … }}"`
	case strings.Contains(message, "parsing a flow"):
		return "close it; a text within that has brackets, braces, commas or colons needs quotes"
	case strings.Contains(message, "parsing a block mapping"):
		return quoteWhole(string(line))
	}
	return ""
}

// quoteWhole is the hint for a value that begins with a quoted text and goes on behind it.
func quoteWhole(line string) string {
	key, value, ok := strings.Cut(line, ": ")
	if value = strings.TrimSpace(value); !ok || value == "" || !strings.Contains(`"'`, value[:1]) {
		return ""
	}
	return "put the whole value in quotes: " + strings.TrimLeft(key, " -") + ": '" + strings.ReplaceAll(value, "'", "''") + "'"
}

// checkPlainYAML reports anchors, aliases and tags, which make a block say more than it shows.
// It returns false where there are aliases: what they lead to may go round in circles.
func (p *planParser) checkPlainYAML(b *block, n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode:
		p.at(b, n, diag.Error, "yaml-alias", "write the value again", "an alias (*%s) is not read here", n.Value)
		return false
	case n.Anchor != "":
		p.at(b, n, diag.Error, "yaml-anchor", "write the value again where it is needed", "an anchor (&%s) is not read here", n.Anchor)
	case n.Tag == "!" || n.Style&yaml.TaggedStyle != 0 && !strings.HasPrefix(n.Tag, "!!"):
		p.at(b, n, diag.Error, "yaml-tag", "remove it, or put the value in quotes", "a tag (%s) is not read here", n.Tag)
	}
	ok := true
	for _, c := range n.Content {
		ok = p.checkPlainYAML(b, c) && ok
	}
	return ok
}
