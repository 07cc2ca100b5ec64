package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"go.yaml.in/yaml/v4"
	"golang.org/x/net/html"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/timebox"
)

// cssSelect names a value in a page.
type cssSelect struct {
	CSS  string `yaml:"css" required:"true" doc:"a CSS selector"`
	Attr string `yaml:"attr" doc:"the attribute to take, in place of the text"`
	All  bool   `yaml:"all" doc:"a list of all that match, which may be empty, in place of the first"`
	sel  cascadia.Selector
}

// UnmarshalNode reads a selector, or a mapping with css, attr and all.
func (s *cssSelect) UnmarshalNode(n *yaml.Node) (err error) {
	if n.Kind == yaml.ScalarNode && !strict.IsNull(n) {
		s.CSS = n.Value
	} else {
		type fields cssSelect // without this method
		if ps := strict.Decode(n, (*fields)(s), strict.Options{}); len(ps) > 0 {
			return fmt.Errorf("%s", ps[0].Message)
		}
	}
	if s.sel, err = cascadia.Compile(s.CSS); err != nil {
		return fmt.Errorf("%q is no CSS selector: %w", s.CSS, err)
	}
	return nil
}

// DescribeType tells how a selection is written.
func (*cssSelect) DescribeType() (string, map[string]any) {
	text, flag := map[string]any{"type": "string"}, map[string]any{"type": "boolean"}
	return "a CSS selector, or a mapping with css, attr and all", map[string]any{"anyOf": []any{text, map[string]any{
		"type": "object", "required": []any{"css"}, "additionalProperties": false,
		"properties": map[string]any{"css": text, "attr": text, "all": flag},
	}}}
}

// judgeHTML compares title, select and assets.
func (v *httpVisit) judgeHTML(ctx context.Context) (ms []Mismatch, err error) {
	wanted := v.args.Title != nil || len(v.args.Select) > 0 || v.args.Assets
	if !wanted && !v.isHTML() {
		return nil, nil
	}
	root, err := html.Parse(strings.NewReader(v.seen.Body))
	if err != nil { // only where elements nest too deeply
		if wanted {
			ms = append(ms, Mismatch{"an HTML page", fmt.Sprintf("no HTML: %v", err)})
		}
		return ms, nil
	}
	doc := goquery.NewDocumentFromNode(root)
	title := doc.Find("title").First()
	v.seen.Title = oneLine(title.Text())
	if t := v.args.Title; t != nil && v.seen.Title != oneLine(*t) {
		if v.seen.Truncated && title.Length() == 0 {
			return ms, v.tooLong("title")
		}
		ms = append(ms, Mismatch{"title " + Quote(*t), "title " + Quote(v.seen.Title)})
	}
	selected, err := v.judgeSelect(ctx, doc)
	if err != nil || !v.args.Assets {
		return append(ms, selected...), err
	}
	if v.seen.Truncated {
		return append(ms, selected...), v.tooLong("assets")
	}
	assets, err := v.judgeAssets(ctx, doc)
	return append(append(ms, selected...), assets...), err
}

func (v *httpVisit) judgeSelect(ctx context.Context, doc *goquery.Document) (ms []Mismatch, err error) {
	for _, name := range slices.Sorted(maps.Keys(v.args.Select)) {
		s := v.args.Select[name]
		found, err := s.valuesInTime(ctx, doc)
		if err != nil {
			return ms, fmt.Errorf("select.%s: %w", name, err)
		}
		switch {
		case v.seen.Truncated && (s.All || len(found) == 0):
			return ms, v.tooLong("select." + name)
		case s.All:
			v.seen.Select[name] = append([]any{}, found...)
		case len(found) == 0:
			ms = append(ms, Mismatch{fmt.Sprintf("select.%s matches %q", name, s.CSS), "select." + name + " matches nothing"})
		default:
			v.seen.Select[name] = found[0]
		}
	}
	return ms, nil
}

// maxSelected bounds what a selection gathers: elements lie within each other, and each has the text of all in it.
const maxSelected = 4 << 20

// valuesInTime is values until ctx ends, also within one element: a selector within selectors takes as long as the page
// makes it take, and looks at no ctx. Then it is left alone, and ends with that element; it changes nothing.
func (s cssSelect) valuesInTime(ctx context.Context, doc *goquery.Document) ([]any, error) {
	found, err := timebox.Do(ctx, func() ([]any, error) { return s.values(ctx, doc) })
	if err != nil && errors.Is(err, ctx.Err()) {
		err = &waitError{fmt.Sprintf("%q takes too long on this page", s.CSS), err}
	}
	return found, err
}

func (s cssSelect) values(ctx context.Context, doc *goquery.Document) (found []any, err error) {
	size := 0
	for node := range doc.Nodes[0].Descendants() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !s.sel.Match(node) {
			continue
		}
		value, ok := s.value(goquery.NewDocumentFromNode(node).Selection)
		if size += len(value); size > maxSelected {
			return nil, fmt.Errorf("%q gathers more than %d bytes", s.CSS, maxSelected)
		}
		if ok {
			found = append(found, value)
		}
		if ok && !s.All {
			break
		}
	}
	return found, nil
}

func (s cssSelect) value(node *goquery.Selection) (string, bool) {
	if s.Attr != "" {
		return node.Attr(s.Attr)
	}
	return oneLine(node.Text()), true
}

// oneLine makes one space of each run of white space, as a browser shows it.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
