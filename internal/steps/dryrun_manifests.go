package steps

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	kyaml "sigs.k8s.io/yaml" //nolint:depguard // manifests are read as Kubernetes reads them, yes as true included

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// manifest is an object as a file has it.
type manifest struct {
	file     string
	document int // from 1
	several  bool
	line     int        // where the document begins; 0 where its lines are not those of the file
	node     *yaml.Node // for the lines of its fields
	object   Object
	bad      string // why it is none
	badLine  int    // of the document, where bad is about one
}

// errNothing is that no file is matched, which is no good news even where only changed ones count.
var errNothing = errors.New("no manifests match")

// manifests reads, renders or builds all that is to be sent.
func (a dryrunArgs) manifests(ctx context.Context, at check.Site) ([]manifest, error) {
	switch {
	case a.Chart != "":
		return a.rendered(ctx, at)
	case a.Kustomize != "":
		text, err := kustomized(ctx, at, a.Kustomize)
		return readManifests(a.Kustomize, text, false), err
	case a.Run != "":
		text, err := printed(ctx, at, a)
		return readManifests("stdout", text, true), err
	}
	return a.read(ctx, at)
}

// read reads the files that the globs match.
func (a dryrunArgs) read(ctx context.Context, at check.Site) (out []manifest, err error) {
	names, err := matchFiles(ctx, at, a.Files)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains([]string{".yaml", ".yml", ".json"}, path.Ext(n)) })
	if len(names) == 0 {
		return nil, errNothing
	}
	if names, err = a.onlyChanged(ctx, at, names); err != nil {
		return nil, err
	}
	for _, name := range names {
		f, err := readFile(at, name)
		if err != nil {
			return nil, err
		}
		if f.none != "" {
			out = append(out, manifest{file: name, document: 1, bad: "it is " + f.none})
			continue
		}
		out = append(out, readManifests(name, string(f.data), true)...)
	}
	return out, nil
}

// onlyChanged returns those of names that changed, where only such are wanted.
func (a dryrunArgs) onlyChanged(ctx context.Context, at check.Site, names []string) ([]string, error) {
	if a.Changed == "" {
		return names, nil
	}
	changed, err := changedSince(ctx, at, a.Changed)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(n string) bool { return !changed[n] }), nil
}

// rendered lets helm render the chart.
func (a dryrunArgs) rendered(ctx context.Context, at check.Site) (out []manifest, err error) {
	if a.Changed != "" {
		names, err := matchFiles(ctx, at, append([]string{a.Chart + "/**"}, a.Values...))
		if err != nil {
			return nil, err
		}
		if names, err = a.onlyChanged(ctx, at, names); err != nil || len(names) == 0 {
			return nil, err
		}
	}
	text, err := chart{path: a.Chart, values: a.Values, set: a.Set, release: a.Release, namespace: a.Namespace, crds: true}.render(ctx, at)
	if err != nil {
		return nil, err
	}
	for _, t := range templateTexts(text) {
		out = append(out, readManifests(t.name, t.lines.String(), false)...)
	}
	if len(out) == 0 {
		return nil, errNothing
	}
	return out, nil
}

// kustomized lets kustomize build a kustomization, or kubectl, which holds it.
func kustomized(ctx context.Context, at check.Site, dir string) (string, error) {
	real, err := checkoutPath(at, dir)
	if err != nil {
		return "", err
	}
	args := []string{"build", real}
	p, err := findProgram(at, "kustomize")
	if err != nil {
		if other, fault := findProgram(at, "kubectl"); fault == nil {
			p, args, err = other, []string{"kustomize", real}, nil
		}
	}
	if err != nil {
		return "", err
	}
	r, err := p.run(ctx, at, call{keep: 2 * maxRendered, args: args, env: map[string]string{"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:ssh:git"}})
	switch {
	case err != nil:
		return "", err
	case r.Exit != 0:
		return "", &badChart{said(p, r)}
	case r.Stdout.Dropped > 0 || len(r.Stdout.Text) > maxRendered:
		return "", fmt.Errorf("%s builds more than the %d MiB that are read", dir, maxRendered>>20)
	}
	return r.Stdout.Text, nil
}

// printed is what the command prints.
func printed(ctx context.Context, at check.Site, a dryrunArgs) (string, error) {
	dir, err := workDir(at, "")
	if err != nil {
		return "", err
	}
	p := program{"sh", shell}
	r, err := p.run(ctx, at, call{dir: dir, env: a.Env, keep: 2 * maxRendered, args: []string{"-c", string(a.Run)}})
	switch {
	case err != nil:
		return "", shFault(ctx, r, err)
	case r.Exit != 0:
		return "", fmt.Errorf("the command ends with exit %d: %s", r.Exit, said(p, r))
	case r.Stdout.Dropped > 0 || len(r.Stdout.Text) > maxRendered:
		return "", fmt.Errorf("the command prints more than the %d MiB that are read", maxRendered>>20)
	}
	return r.Stdout.Text, nil
}

var lineMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^line (\d+): `) })

var documentMark = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?m)^---(?:[ \t].*)?\r?$`) })

// readManifests reads the documents of a text as Kubernetes does: by YAML 1.1, where yes is true. Lists are taken apart.
// Lines tells that the text's lines are those of the file.
func readManifests(file, text string, lines bool) (out []manifest) {
	begin, line := 0, 1
	read := func(end int) {
		doc := text[begin:end]
		for _, m := range readDocument(doc) {
			m.file, m.document = file, len(out)+1
			if lines {
				m.line = line
			}
			out = append(out, m)
		}
		line += strings.Count(doc, "\n")
		begin = end
	}
	for _, mark := range documentMark().FindAllStringIndex(text, -1) {
		read(mark[0])
	}
	read(len(text))
	for i := range out {
		out[i].several = len(out) > 1
	}
	return out
}

// readDocument reads one document; nothing where it is empty.
func readDocument(doc string) []manifest {
	data, err := kyaml.YAMLToJSONStrict([]byte(doc))
	if err != nil {
		m := manifest{bad: strings.Join(strings.Fields(err.Error()), " ")}
		for _, head := range []string{"error converting YAML to JSON: ", "yaml: ", "unmarshal errors: "} {
			m.bad = strings.TrimPrefix(m.bad, head)
		}
		if at := lineMark().FindStringSubmatch(m.bad); at != nil {
			m.bad = strings.TrimPrefix(m.bad, at[0])
			m.badLine, _ = strconv.Atoi(at[1])
		}
		return []manifest{m}
	}
	var v any
	if err := utiljson.Unmarshal(data, &v); err != nil || v == nil {
		return nil
	}
	o, ok := v.(map[string]any)
	switch {
	case !ok:
		return []manifest{{bad: "it is no mapping"}}
	case objString(o, "apiVersion") == "" || objString(o, "kind") == "":
		return []manifest{{object: o, bad: "it is no object of Kubernetes: apiVersion or kind is missing"}}
	}
	node := &yaml.Node{}
	if yaml.Unmarshal([]byte(doc), node) == nil && len(node.Content) == 1 {
		node = node.Content[0]
	}
	if items, ok := o["items"].([]any); ok && strings.HasSuffix(objString(o, "kind"), "List") {
		return itemsOf(items, node)
	}
	return []manifest{{object: o, node: node}}
}

// itemsOf are the objects of a List.
func itemsOf(items []any, list *yaml.Node) (out []manifest) {
	_, nodes := childNode(list, "items")
	for i, item := range items {
		m := manifest{bad: "an item of the list is no mapping"}
		if one, ok := item.(map[string]any); ok {
			m = manifest{object: one}
		}
		if nodes != nil {
			_, m.node = childNode(nodes, i)
		}
		out = append(out, m)
	}
	return out
}

// lineOf is the line of the file on which a field stands; 0 where that is not known.
func (m manifest) lineOf(at []any) int {
	if m.line > 0 && m.badLine > 0 {
		return m.line + m.badLine - 1
	}
	if m.line == 0 || m.node == nil || m.node.Line == 0 {
		return m.line
	}
	n, line := m.node, m.node.Line
	for _, step := range at {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		key, next := childNode(n, step)
		if next == nil {
			break
		}
		n, line = next, key.Line
	}
	return m.line + line - 1
}

// childNode returns the value below a step, and the node that shows where it is.
func childNode(n *yaml.Node, step any) (key, value *yaml.Node) {
	if i, ok := step.(int); ok && n.Kind == yaml.SequenceNode && i < len(n.Content) {
		return n.Content[i], n.Content[i]
	}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == step {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}
