package main

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page is a document as a tree of HTML.
type page struct {
	source string
	title  string
	body   *dom.Node
	parts  []part
	ids    map[string]bool // of its headings
}

// part is a heading of the second level.
type part struct{ ID, Title string }

// The documents are the repository's own: HTML in them, such as a picture with a width, is theirs.
var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))

// parse makes a page of a document; its links are as the document has them.
func parse(source string, src []byte) (*page, error) {
	var b bytes.Buffer
	if err := markdown.Convert(src, &b); err != nil {
		return nil, err
	}
	p := &page{source: source, ids: map[string]bool{}, body: &dom.Node{Type: dom.ElementNode, Data: "main", DataAtom: atom.Main}}
	nodes, err := dom.ParseFragment(&b, p.body)
	if err != nil {
		return nil, err
	}
	for _, n := range nodes {
		p.body.AppendChild(n)
	}
	each(p.body, p.dress)
	if p.title == "" {
		return nil, fmt.Errorf("no heading")
	}
	return p, nil
}

// each calls f for all below n, in their order; f may put something around the node that it is given.
func each(n *dom.Node, f func(*dom.Node)) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		each(c, f)
		f(c)
		c = next
	}
}

// dress names headings, lets wide parts scroll, by keyboard too, and marks the commands of sessions.
func (p *page) dress(n *dom.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		p.heading(n)
	case atom.Pre:
		set(n, "tabindex", "0")
		if code := n.FirstChild; code != nil && get(code, "class") == "language-console" {
			commands(code)
		}
	case atom.Table:
		around(n, element(atom.Div, "class", "wide", "tabindex", "0"))
	}
}

func (p *page) heading(n *dom.Node) {
	title := strings.TrimSpace(text(n))
	id := anchor(title)
	for i, first := 1, id; p.ids[id]; i++ {
		id = fmt.Sprintf("%s-%d", first, i)
	}
	p.ids[id] = true
	set(n, "id", id)
	if p.title == "" { // the first is the title, whatever its level
		p.title, n.DataAtom, n.Data = title, atom.H1, atom.H1.String()
	}
	if n.DataAtom == atom.H2 {
		p.parts = append(p.parts, part{id, title})
	}
	mark := element(atom.A, "href", "#"+id, "class", "here", "aria-label", "link to "+title)
	mark.AppendChild(&dom.Node{Type: dom.TextNode, Data: "#"})
	n.AppendChild(mark)
}

var unnamed = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchor is the name that GitHub and Gitea give a heading.
func anchor(title string) string {
	return strings.ReplaceAll(unnamed.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}

// commands marks the lines of a session that a reader types.
func commands(code *dom.Node) {
	said := text(code)
	for c := code.FirstChild; c != nil; c = code.FirstChild {
		code.RemoveChild(c)
	}
	for line := range strings.Lines(said) {
		t := &dom.Node{Type: dom.TextNode, Data: line}
		if !strings.HasPrefix(line, "$ ") && !strings.HasPrefix(line, "> ") {
			code.AppendChild(t)
			continue
		}
		typed := element(atom.B)
		typed.AppendChild(t)
		code.AppendChild(typed)
	}
}

// text is all text below n.
func text(n *dom.Node) string {
	if n.Type == dom.TextNode {
		return n.Data
	}
	var b strings.Builder
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.WriteString(text(c))
	}
	return b.String()
}

func element(a atom.Atom, attributes ...string) *dom.Node {
	n := &dom.Node{Type: dom.ElementNode, Data: a.String(), DataAtom: a}
	for i := 0; i < len(attributes); i += 2 {
		n.Attr = append(n.Attr, dom.Attribute{Key: attributes[i], Val: attributes[i+1]})
	}
	return n
}

// around puts a box around n.
func around(n, box *dom.Node) {
	n.Parent.InsertBefore(box, n)
	n.Parent.RemoveChild(n)
	box.AppendChild(n)
}

func get(n *dom.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func set(n *dom.Node, key, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, dom.Attribute{Key: key, Val: value})
}
