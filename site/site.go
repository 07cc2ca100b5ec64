package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// site is all documents, read and made into pages.
type site struct {
	root, version string
	pages         map[string]*page // by the name of their source, such as docs/format.md
	nav           []group
	files         map[string]bool // that pages show and that are copied, by name
}

// group is a part of the navigation.
type group struct {
	Title string
	Links []link
}

// link leads to a page, under a name.
type link struct {
	Title  string
	Source string
}

// contents is the document that the navigation is read from; more are the documents beside docs/.
const contents = "docs/README.md"

var more = []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md"}

// load reads the documents below root and makes pages of them. A link that leads nowhere is an error.
func load(root, version string) (*site, error) {
	s := &site{root: root, version: version, pages: map[string]*page{}, files: map[string]bool{}}
	names, err := s.sources()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		src, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return nil, err
		}
		if s.pages[name], err = parse(name, src); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	s.nav = navigation(s.pages[contents])
	var wrong []string
	for _, name := range names {
		wrong = append(wrong, s.link(s.pages[name])...)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("links that lead nowhere:\n  %s", strings.Join(wrong, "\n  "))
	}
	return s, nil
}

// sources are the names of all documents.
func (s *site) sources() ([]string, error) {
	names := slices.Clone(more)
	err := filepath.WalkDir(filepath.Join(s.root, "docs"), func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || filepath.Ext(p) != ".md" {
			return err
		}
		name, err := filepath.Rel(s.root, p)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	return names, err
}

// address is where the page of a source stands in the site.
func address(source string) string {
	dir, file := path.Split(source)
	if file == "README.md" {
		return dir + "index.html"
	}
	return strings.TrimSuffix(source, ".md") + ".html"
}

// to is the way from one address of the site to another.
func to(from, address string) string {
	rel, err := filepath.Rel(filepath.FromSlash(path.Dir(from)), filepath.FromSlash(address))
	if err != nil {
		return address // cannot be: both are relative
	}
	return filepath.ToSlash(rel)
}

// write makes the site anew in out.
func (s *site) write(out string) error {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	put := func(name string, text []byte) error {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o644)
	}
	if err := put("style.css", []byte(stylesheet)); err != nil {
		return err
	}
	for name := range s.files {
		text, err := os.ReadFile(filepath.Join(s.root, filepath.FromSlash(name)))
		if err == nil {
			err = put(name, text)
		}
		if err != nil {
			return err
		}
	}
	for name, p := range s.pages {
		text, err := s.render(p)
		if err == nil {
			err = put(address(name), text)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
