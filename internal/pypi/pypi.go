// Package pypi reads an index of Python packages, as pages of HTML (PEP 503) or as JSON (PEP 691), and says what an
// installer in a clean environment would choose from it.
// It asks nobody: pages come from the caller, and what they say is not trusted.
package pypi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/net/html"

	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
)

// Accept is what an index is asked for: JSON rather than HTML, as pip does.
const Accept = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01"

// maxFiles bounds a project's page.
const maxFiles = 100_000

// File is a file of a project.
type File struct {
	Name           string
	URL            string            // absolute
	Hashes         map[string]string // by algorithm, in hexadecimal digits
	RequiresPython string
	Yanked         bool
	Reason         string // why it was yanked; may be empty

	Version pep440.Version
	Wheel   bool
	Tags    Tags // of a wheel
}

// Page is a project's page.
type Page struct {
	Files   []File // those that an installer takes: wheels and source distributions, with a version
	Skipped int    // others
	Index   bool   // that it is an index's can be seen: by a file, by its form, or by the version that it gives (PEP 629)
}

var separators = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[-_.]+`) })

// Normal returns the name that a project has in indexes, see PEP 503.
func Normal(name string) string {
	return strings.ToLower(separators().ReplaceAllString(name, "-"))
}

var nameForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:[a-z0-9]|[a-z0-9][a-z0-9._-]*[a-z0-9])$`)
})

// IsName tells whether a project can have that name.
func IsName(s string) bool { return len(s) <= 200 && nameForm().MatchString(s) }

// Parse reads the page of a project that came from base.
func Parse(project string, base *url.URL, contentType string, body []byte) (Page, error) {
	kind, _, _ := mime.ParseMediaType(contentType)
	var page Page
	var files []File
	var err error
	switch kind {
	case "application/vnd.pypi.simple.v1+json", "application/json":
		files, err = parseJSON(base, body)
		page.Index = true
	case "application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml":
		files, page.Index = parseHTML(base, body)
	default:
		return Page{}, fmt.Errorf("a page of an index is HTML or JSON, not %q", contentType)
	}
	if err != nil {
		return Page{}, err
	}
	if len(files) > maxFiles {
		return Page{}, fmt.Errorf("more than %d files", maxFiles)
	}
	for _, f := range files {
		if f.identify(Normal(project)) {
			page.Files, page.Index = append(page.Files, f), true
		} else {
			page.Skipped++
		}
	}
	return page, nil
}

func parseJSON(base *url.URL, body []byte) ([]File, error) {
	var page struct {
		Meta struct {
			Version string `json:"api-version"`
		} `json:"meta"`
		Files *[]struct {
			Filename       string            `json:"filename"`
			URL            string            `json:"url"`
			Hashes         map[string]string `json:"hashes"`
			RequiresPython string            `json:"requires-python"`
			Yanked         any               `json:"yanked"`
		} `json:"files"`
	}
	if err := json.Unmarshal(body, &page); err != nil || page.Files == nil {
		return nil, errors.New("the page is no JSON of an index")
	}
	if v := page.Meta.Version; v != "" && !strings.HasPrefix(v, "1.") {
		return nil, fmt.Errorf("the page is of version %q of the API; version 1 is known", v)
	}
	var out []File
	for _, f := range *page.Files {
		file := File{Name: f.Filename, Hashes: map[string]string{}, RequiresPython: f.RequiresPython}
		for algorithm, digits := range f.Hashes {
			file.Hashes[strings.ToLower(algorithm)] = strings.ToLower(digits)
		}
		switch y := f.Yanked.(type) {
		case bool:
			file.Yanked = y
		case string:
			file.Yanked, file.Reason = true, y
		}
		if u, err := base.Parse(f.URL); err == nil {
			file.URL = u.String()
		}
		out = append(out, file)
	}
	return out, nil
}

// parseHTML takes every anchor with an href, as installers do. A page may tell the version of its index's API.
func parseHTML(base *url.URL, body []byte) (out []File, index bool) {
	z := html.NewTokenizer(strings.NewReader(string(body)))
	var open *File
	var text strings.Builder
	end := func() {
		if open != nil {
			if open.Name == "" {
				open.Name = strings.TrimSpace(text.String())
			}
			out = append(out, *open)
		}
		open = nil
		text.Reset()
	}
	for len(out) <= maxFiles {
		switch z.Next() {
		case html.ErrorToken:
			end()
			return out, index
		case html.TextToken:
			if open != nil {
				text.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			switch token := z.Token(); token.Data {
			case "base":
				if u, err := base.Parse(attribute(token, "href")); err == nil && hasAttribute(token, "href") {
					base = u
				}
			case "meta":
				index = index || attribute(token, "name") == "pypi:repository-version"
			case "a":
				end()
				if hasAttribute(token, "href") {
					open = anchor(base, token)
				}
			}
		case html.EndTagToken:
			if name, _ := z.TagName(); string(name) == "a" {
				end()
			}
		}
	}
	return out, index
}

func anchor(base *url.URL, token html.Token) *File {
	f := &File{Hashes: map[string]string{}, RequiresPython: attribute(token, "data-requires-python")}
	f.Yanked, f.Reason = hasAttribute(token, "data-yanked"), attribute(token, "data-yanked")
	u, err := base.Parse(attribute(token, "href"))
	if err != nil {
		return f
	}
	if algorithm, digits, ok := strings.Cut(u.Fragment, "="); ok {
		f.Hashes[strings.ToLower(algorithm)] = strings.ToLower(digits)
	}
	u.Fragment, u.RawFragment = "", ""
	f.URL = u.String()
	f.Name = u.Path[strings.LastIndex(u.Path, "/")+1:]
	return f
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttribute(t html.Token, name string) bool {
	for _, a := range t.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// identify reads the project's version out of the file's name; it is false where it is none of the project's files.
func (f *File) identify(project string) bool {
	var version string
	if base, ok := strings.CutSuffix(f.Name, ".whl"); ok {
		parts := strings.Split(base, "-")
		if len(parts) < 5 || len(parts) > 6 || Normal(parts[0]) != project {
			return false
		}
		f.Wheel, version = true, parts[1]
		f.Tags = Tags{strings.Split(parts[len(parts)-3], "."), strings.Split(parts[len(parts)-2], "."), strings.Split(parts[len(parts)-1], ".")}
	} else {
		base, ok := sourceBase(f.Name)
		if !ok {
			return false
		}
		version, ok = afterName(base, project)
		if !ok {
			return false
		}
	}
	var err error
	f.Version, err = pep440.Parse(strings.ReplaceAll(version, "_", "-"))
	return err == nil
}

func sourceBase(name string) (string, bool) {
	for _, suffix := range []string{".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar"} {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base, true
		}
	}
	return "", false
}

// afterName cuts a project's name, in any way of writing it, off a source distribution's base name.
func afterName(base, project string) (version string, ok bool) {
	for i := range len(base) {
		if base[i] == '-' && Normal(base[:i]) == project {
			return base[i+1:], true
		}
	}
	return "", false
}

// Matches tells whether the index gives the file this hash, such as sha256:abc…; known is false where it gives none
// of that algorithm.
func (f File) Matches(hash string) (ok, known bool) {
	algorithm, digits, _ := strings.Cut(hash, ":")
	have := f.Hashes[strings.ToLower(algorithm)]
	return cmp.Or(have, "-") == strings.ToLower(digits), have != ""
}
