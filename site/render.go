package main

import (
	"bytes"
	_ "embed"
	"html/template"
	"strings"

	dom "golang.org/x/net/html"
)

//go:embed style.css
var stylesheet string

//go:embed page.html
var layoutText string

var layout = template.Must(template.New("page").Parse(layoutText))

// view is what the layout is filled with.
type view struct {
	Title, Version, Style, Home, Contents, Source string

	Body       template.HTML
	Parts      []part
	Nav        []shown
	Prev, Next *entry
}

// shown is a group of the navigation as one page shows it.
type shown struct {
	Title   string
	Entries []entry
}

type entry struct {
	Title, Href string
	Here        bool
}

// render makes the HTML of a page.
func (s *site) render(p *page) ([]byte, error) {
	var body bytes.Buffer
	for c := p.body.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == dom.CommentNode { // marks for the tests of the documents
			continue
		}
		if err := dom.Render(&body, c); err != nil {
			return nil, err
		}
	}
	here := address(p.source)
	v := view{
		Title: p.title, Version: s.version, Style: to(here, "style.css"), Home: to(here, address("README.md")),
		Contents: to(here, address(contents)), Source: repository + p.source,
		Body: template.HTML(body.String()),
	}
	if len(p.parts) > 2 {
		v.Parts = p.parts
	}
	v.navigate(s, p)
	var out bytes.Buffer
	err := layout.Execute(&out, v)
	return out.Bytes(), err
}

// navigate fills in the groups of links, and the pages before and after this one.
func (v *view) navigate(s *site, p *page) {
	here := address(p.source)
	var all []entry
	at := -1
	for _, g := range s.nav {
		out := shown{Title: g.Title}
		for _, l := range g.Links {
			e := entry{Title: l.Title, Href: to(here, address(l.Source)), Here: l.Source == p.source}
			if e.Here {
				at = len(all)
			}
			all = append(all, e)
			out.Entries = append(out.Entries, e)
		}
		v.Nav = append(v.Nav, out)
	}
	project := shown{Title: "Project"}
	for _, source := range more {
		title := strings.TrimSuffix(source, ".md")
		if source == "README.md" {
			title = "wpctl"
		}
		project.Entries = append(project.Entries, entry{Title: title, Href: to(here, address(source)), Here: source == p.source})
	}
	v.Nav = append(v.Nav, project)
	if at > 0 {
		v.Prev = &all[at-1]
	}
	if at >= 0 && at+1 < len(all) {
		v.Next = &all[at+1]
	}
}
