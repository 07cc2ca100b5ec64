package main

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// repository is where files are read that are no part of the site.
const repository = "https://gitea.coulomb.social/coulomb/wpctl/src/branch/main/"

// navigation reads the groups of links from the table of contents.
func navigation(p *page) []group {
	var out []group
	each(p.body, func(n *dom.Node) {
		switch {
		case n.DataAtom == atom.H2:
			out = append(out, group{Title: strings.TrimSuffix(text(n), "#")})
		case n.DataAtom == atom.A && len(out) > 0 && get(n, "class") != "here":
			g := &out[len(out)-1]
			g.Links = append(g.Links, link{Title: text(n), Source: path.Join(path.Dir(p.source), get(n, "href"))})
		}
	})
	return out
}

// link makes the links of a page those of the site, and returns what is wrong with them.
func (s *site) link(p *page) (wrong []string) {
	each(p.body, func(n *dom.Node) {
		key := map[atom.Atom]string{atom.A: "href", atom.Img: "src"}[n.DataAtom]
		if key == "" || get(n, key) == "" {
			return
		}
		there, err := s.target(p, get(n, key), n.DataAtom == atom.Img)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %s: %v", p.source, get(n, key), err))
			return
		}
		set(n, key, there)
	})
	return wrong
}

// target is where a link of a page leads in the site.
func (s *site) target(p *page, ref string, shown bool) (string, error) {
	u, err := url.Parse(ref)
	switch {
	case err != nil:
		return "", err
	case u.Scheme == "https" && u.Host != "" && !shown, u.Scheme == "mailto" && !shown:
		return ref, nil
	case u.Scheme != "" || u.Host != "" || u.RawQuery != "" || strings.HasPrefix(u.Path, "/"):
		return "", fmt.Errorf("neither a file of the repository nor an address with https")
	case u.Path == "":
		if !p.ids[u.Fragment] {
			return "", fmt.Errorf("no such heading")
		}
		return ref, nil
	}
	name := path.Join(path.Dir(p.source), u.Path)
	if strings.HasPrefix(name, "..") {
		return "", fmt.Errorf("it leads out of the repository")
	}
	info, err := os.Stat(filepath.Join(s.root, filepath.FromSlash(name)))
	if err != nil {
		return "", fmt.Errorf("there is no such file")
	}
	if info.IsDir() && s.pages[path.Join(name, "README.md")] != nil {
		name = path.Join(name, "README.md")
	}
	switch page := s.pages[name]; {
	case page != nil && u.Fragment != "" && !page.ids[u.Fragment]:
		return "", fmt.Errorf("%s has no such heading", name)
	case page != nil:
		u.Path = to(address(p.source), address(name))
		return u.String(), nil
	case shown:
		s.files[name] = true
		return to(address(p.source), name), nil
	}
	there, _ := url.Parse(repository + name)
	there.Fragment = u.Fragment
	return there.String(), nil
}
