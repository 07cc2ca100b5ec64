package main

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	dom "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// made makes the site of this repository, and returns its pages as they were written, by address.
func made(t *testing.T) (*site, map[string]*dom.Node) {
	t.Helper()
	s, err := load("..", "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := s.write(out); err != nil {
		t.Fatal(err)
	}
	pages := map[string]*dom.Node{}
	for source := range s.pages {
		text, err := os.ReadFile(filepath.Join(out, filepath.FromSlash(address(source))))
		if err != nil {
			t.Fatal(err)
		}
		n, err := dom.Parse(strings.NewReader(string(text)))
		if err != nil {
			t.Fatal(err)
		}
		pages[address(source)] = n
	}
	for name := range s.files {
		if _, err := os.Stat(filepath.Join(out, filepath.FromSlash(name))); err != nil {
			t.Error(err)
		}
	}
	return s, pages
}

// TestSite follows all links of the pages as a browser does, layout and navigation included, from the first page on.
func TestSite(t *testing.T) {
	s, pages := made(t)
	ids := map[string]map[string]bool{}
	for name, n := range pages {
		ids[name] = map[string]bool{}
		each(n, func(n *dom.Node) {
			if id := get(n, "id"); id != "" {
				if ids[name][id] {
					t.Errorf("%s: two parts are named %s", name, id)
				}
				ids[name][id] = true
			}
		})
	}
	reached := map[string]bool{"index.html": true}
	for todo := []string{"index.html"}; len(todo) > 0; {
		name := todo[0]
		todo = todo[1:]
		each(pages[name], func(n *dom.Node) {
			href := get(n, "href")
			if n.DataAtom != atom.A || strings.Contains(href, ":") {
				return
			}
			file, id, _ := strings.Cut(href, "#")
			there := name
			if file != "" {
				there = path.Join(path.Dir(name), file)
			}
			switch {
			case pages[there] == nil:
				t.Errorf("%s: %s leads nowhere", name, href)
			case id != "" && !ids[there][id]:
				t.Errorf("%s: %s has no part named %s", name, there, id)
			case !reached[there]:
				reached[there] = true
				todo = append(todo, there)
			}
		})
	}
	for source := range s.pages {
		if !reached[address(source)] && !strings.HasPrefix(source, "docs/decisions/") {
			t.Errorf("no link leads to %s", source)
		}
	}
}

// TestEveryDocumentIsInTheNavigation holds docs/README.md complete.
func TestEveryDocumentIsInTheNavigation(t *testing.T) {
	s, _ := made(t)
	var titles []string
	listed := map[string]bool{contents: true}
	for _, g := range s.nav {
		titles = append(titles, g.Title)
		for _, l := range g.Links {
			listed[l.Source] = true
		}
	}
	if got := strings.Join(titles, ", "); got != "Tutorial, How to, Reference, Explanation" {
		t.Errorf("the navigation has %s", got)
	}
	for source := range s.pages {
		if dir := path.Dir(source); (dir == "docs" || dir == "docs/howto") && !listed[source] {
			t.Errorf("%s is not in %s", source, contents)
		}
	}
}

// TestPagesNeedNoScript reads what is written: no script, nothing loaded from elsewhere, one first heading, pictures with
// a text, and scrolling parts within reach of the keyboard.
func TestPagesNeedNoScript(t *testing.T) {
	_, pages := made(t)
	for name, n := range pages {
		first := 0
		each(n, func(n *dom.Node) {
			switch n.DataAtom {
			case atom.Script, atom.Iframe, atom.Form:
				t.Errorf("%s has a %s", name, n.Data)
			case atom.H1:
				first++
			case atom.Img:
				if get(n, "alt") == "" || strings.Contains(get(n, "src"), ":") {
					t.Errorf("%s: a picture without words, or from elsewhere: %s", name, get(n, "src"))
				}
			case atom.Pre:
				if get(n, "tabindex") == "" {
					t.Errorf("%s: code that the keyboard cannot scroll", name)
				}
			case atom.Link:
				if strings.Contains(get(n, "href"), ":") {
					t.Errorf("%s loads %s", name, get(n, "href"))
				}
			}
			if n.Type == dom.CommentNode {
				t.Errorf("%s shows a comment: %s", name, n.Data)
			}
		})
		if first != 1 {
			t.Errorf("%s has %d first headings", name, first)
		}
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"a file that is not there":    {"[x](gone.md)", "there is no such file"},
		"a heading that is not there": {"[x](README.md#gone)", "no such heading"},
		"a heading of this page":      {"[x](#gone)", "no such heading"},
		"a picture":                   {"![x](gone.png)", "there is no such file"},
		"a picture from elsewhere":    {"![x](https://example.org/x.png)", "neither a file"},
		"http":                        {"[x](http://example.org/)", "neither a file"},
		"a script":                    {"[x](javascript:alert)", "neither a file"},
		"out of the repository":       {"[x](../../etc/passwd)", "out of the repository"},
		"html":                        {`<a href="gone.md">x</a>`, "there is no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for file, text := range map[string]string{
				"README.md": "# A\n", "CHANGELOG.md": "# B\n", "CONTRIBUTING.md": "# C\n", "docs/README.md": "# D\n\n" + tt.text + "\n",
			} {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			_, err := load(root, "")
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestAnchor(t *testing.T) {
	for title, want := range map[string]string{
		"Why claims and proof are two things": "why-claims-and-proof-are-two-things",
		"`wpctl run`: what it shows":          "wpctl-run-what-it-shows",
		"Hubs of others, and a_b":             "hubs-of-others-and-a_b",
	} {
		if got := anchor(strings.ReplaceAll(title, "`", "")); got != want {
			t.Errorf("%q: got %q, want %q", title, got, want)
		}
	}
}

// TestContrast computes the contrast of the colours of text, in light and in dark.
func TestContrast(t *testing.T) {
	schemes := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(stylesheet, -1)
	if len(schemes) != 2 {
		t.Fatalf("%d schemes", len(schemes))
	}
	for _, scheme := range schemes {
		colors := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]{6})`).FindAllStringSubmatch(scheme[1], -1) {
			colors[m[1]] = luminance(m[2])
		}
		for _, ink := range []string{"ink", "faint", "link"} {
			for _, ground := range []string{"paper", "ground"} {
				a, b := max(colors[ink], colors[ground]), min(colors[ink], colors[ground])
				if ratio := (a + .05) / (b + .05); ratio < 4.5 {
					t.Errorf("%s on %s: %.2f", ink, ground, ratio)
				}
			}
		}
	}
}
