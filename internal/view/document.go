package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v4"
	"k8s.io/client-go/util/jsonpath"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

type listJSON[T any] struct {
	header
	Items []T `json:"items" doc:"what was chosen, in its order"`
}

type shownJSON struct {
	header
	app.Shown
}

// ListJSON is items as a document of that kind.
func ListJSON[T any](kind string, items []T) ([]byte, error) {
	return marshal(listJSON[T]{head(kind), all(items)})
}

// ShownJSON is what is known of one thing as a document.
func ShownJSON(s app.Shown) ([]byte, error) {
	return marshal(shownJSON{head("Shown"), s})
}

// Document writes a JSON document in a format that kubectl has as well: json, yaml, jsonpath=TEMPLATE or
// go-template=TEMPLATE; see https://kubernetes.io/docs/reference/kubectl/jsonpath/.
// Control characters that a template lets through are shown by their number.
func Document(w io.Writer, doc []byte, format string) error {
	name, text, _ := strings.Cut(format, "=")
	switch name {
	case "json":
		_, err := w.Write(append(bytes.TrimRight(doc, "\n"), '\n'))
		return err
	case "yaml":
		out, err := asYAML(doc)
		if err != nil {
			return err
		}
		return visible(w, string(out))
	}
	var data any
	if err := json.Unmarshal(doc, &data); err != nil {
		return err
	}
	var b strings.Builder
	if err := render(&b, name, text, data); err != nil {
		return err
	}
	return visible(w, b.String())
}

// asYAML returns a JSON document as people write YAML; keys keep their order.
func asYAML(doc []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	n, err := yamlNode(d)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(n); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// yamlNode reads one value.
func yamlNode(d *json.Decoder) (*yaml.Node, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	kind, ok := map[json.Token]yaml.Kind{json.Delim('{'): yaml.MappingNode, json.Delim('['): yaml.SequenceNode}[token]
	if !ok {
		n := &yaml.Node{}
		if number, ok := token.(json.Number); ok {
			return &yaml.Node{Kind: yaml.ScalarNode, Value: number.String()}, nil
		}
		return n, n.Encode(token)
	}
	n := &yaml.Node{Kind: kind}
	for d.More() { // keys are values, too
		child, err := yamlNode(d)
		if err != nil {
			return nil, err
		}
		n.Content = append(n.Content, child)
	}
	if len(n.Content) == 0 {
		n.Style = yaml.FlowStyle // [] and {}
	}
	_, err = d.Token() // its end
	return n, err
}

// visible writes text whose lines are ours, and what else is in it not.
func visible(w io.Writer, text string) error {
	var out strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' {
			out.WriteRune(r)
			continue
		}
		out.WriteString(safe.Visible(r))
	}
	_, err := io.WriteString(w, safe.NoCommand(out.String()))
	return err
}

// render fills a template with data.
func render(w io.Writer, name, text string, data any) error {
	if name == "go-template" {
		t, err := goTemplate(text)
		if err == nil {
			err = t.Execute(w, data)
		}
		if err != nil {
			return fmt.Errorf("-o go-template: %w", err)
		}
		return nil
	}
	p := jsonpath.New("-o").AllowMissingKeys(true)
	err := p.Parse(braced(text))
	if err == nil {
		err = p.Execute(w, data)
	}
	if err != nil {
		return fmt.Errorf("-o jsonpath: %w", err)
	}
	return nil
}

// braced lets a path stand without braces, and without its first dot, as kubectl does.
func braced(path string) string {
	if strings.Contains(path, "{") || path == "" {
		return path
	}
	path = strings.TrimPrefix(path, "$")
	if !strings.HasPrefix(path, ".") && !strings.HasPrefix(path, "[") {
		path = "." + path
	}
	return "{" + path + "}"
}

// CheckFormat tells whether there is such a format of documents, and a template where one belongs to it.
func CheckFormat(format string, more ...string) error {
	known := append(more, "json", "yaml", "jsonpath=TEMPLATE", "go-template=TEMPLATE")
	for _, k := range known {
		name, wants, filled := strings.Cut(k, "=")
		given, text, ok := strings.Cut(format, "=")
		if given != name || ok && !filled {
			continue
		}
		if filled && text == "" {
			return fmt.Errorf("-o %s wants a template: -o %s=%s", name, name, wants)
		}
		if name == "jsonpath" {
			if err := jsonpath.New("-o").Parse(braced(text)); err != nil {
				return fmt.Errorf("-o jsonpath: %w", err)
			}
		}
		if name == "go-template" {
			if _, err := goTemplate(text); err != nil {
				return fmt.Errorf("-o go-template: %w", err)
			}
		}
		return nil
	}
	return fmt.Errorf("no output %q for this command; there are %s", format, strings.Join(known, ", "))
}

func goTemplate(text string) (*template.Template, error) {
	return template.New("-o").Option("missingkey=zero").Parse(text)
}
