package workplan

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// yamlStream reads the YAML of many blocks as one stream of documents: to begin one takes a reader of YAML more memory
// than most blocks have bytes. What it says of a block is what readYAML says of the block alone. Of what it cannot say
// that for certain it says nothing.
type yamlStream struct {
	blocks []*block // that are still to be read
	loader *yaml.Loader
	line   int // of the stream, on which the document of the next block begins

	ahead  []*block // whose text the loader has not been given
	unread []byte   // what it has not been given of what stands before them
	parted bool     // the separator before the first of them has been given
}

// separator begins each document of the stream, on a line of its own.
var separator = []byte("---\n")

// add makes b the last block of the stream, if it can be one of it.
func (s *yamlStream) add(b *block) {
	if isOneDocument(b.raw, b.breaks) {
		s.blocks = append(s.blocks, b)
	}
}

// isOneDocument tells whether YAML, whose lines begin at breaks, is one document whatever stands before and behind it.
func isOneDocument(raw []byte, breaks []int) bool {
	if !bytes.HasSuffix(raw, []byte("\n")) || bytes.Contains(raw, bom) || bytes.ContainsAny(raw, "\x00\t") || !utf8.Valid(raw) {
		return false // a tab can be a mistake at the beginning of a text, and none behind a separator
	}
	for _, at := range breaks {
		for _, mark := range []string{"---", "...", "%"} {
			if bytes.HasPrefix(raw[at:], []byte(mark)) {
				return false
			}
		}
	}
	return true
}

// read returns the YAML of b; nil where b has to be read alone. The blocks are asked for in their order.
func (s *yamlStream) read(b *block) *yaml.Node {
	if len(s.blocks) == 0 || s.blocks[0] != b {
		return nil
	}
	root, err := s.next()
	if s.blocks = s.blocks[1:]; err != nil {
		// It has lost its place. What it has been given is read alone, so that nothing is read more than twice.
		s.loader, s.blocks = nil, s.ahead
		return nil
	}
	s.line += len(b.breaks)
	if root.Kind == yaml.ScalarNode { // alone it may be no document at all, or end before the separator
		return nil
	}
	return root
}

// next returns the document of the next block.
func (s *yamlStream) next() (root *yaml.Node, err error) {
	if s.loader == nil {
		s.ahead, s.unread, s.parted, s.line = s.blocks, nil, false, 1
		if s.loader, err = yaml.NewLoader(s); err != nil {
			return nil, err
		}
	}
	doc, err := nextDocument(s.loader)
	switch {
	case err != nil:
		return nil, err
	case doc.Line != s.line || len(doc.Content) == 0:
		return nil, errors.New("it is the document of another block")
	}
	root = doc.Content[0]
	moveUp(root, doc.Line)
	return root, nil
}

// moveUp takes lines off the places of a node and of all below it.
func moveUp(n *yaml.Node, lines int) {
	n.Line -= lines
	for _, c := range n.Content {
		moveUp(c, lines)
	}
}

// Read gives the loader the text of the stream.
func (s *yamlStream) Read(to []byte) (n int, err error) {
	for len(s.unread) == 0 {
		switch {
		case len(s.ahead) == 0:
			return 0, io.EOF
		case !s.parted:
			s.unread, s.parted = separator, true
		default:
			s.unread, s.ahead, s.parted = s.ahead[0].raw, s.ahead[1:], false
		}
	}
	n = copy(to, s.unread)
	s.unread = s.unread[n:]
	return n, nil
}
