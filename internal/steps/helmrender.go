package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxRendered bounds what a chart renders to.
const maxRendered = 16 << 20

// chart is a chart of the checkout, and with what it is rendered.
type chart struct {
	path      string
	values    []string
	set       map[string]string
	release   string
	namespace string
	crds      bool
}

// badChart is the error of a chart that helm does not render.
type badChart struct{ why string }

func (e *badChart) Error() string { return "helm does not render it: " + e.why }

// incomplete tells that the chart is fine, for all that can be seen, and other charts are missing.
func (e *badChart) incomplete() bool { return strings.Contains(e.why, missingCharts) }

const missingCharts = "missing in charts/ directory"

// render lets the helm of this machine render the chart. It talks to no cluster and fetches nothing: what the chart
// depends on has to be in it.
func (c chart) render(ctx context.Context, at check.Site) (string, error) {
	helm, err := findProgram(at, "helm")
	if err != nil {
		return "", err
	}
	dir, err := checkoutPath(at, c.path)
	if err != nil {
		return "", err
	}
	args := []string{"template", cmp.Or(c.release, "release-name"), dir}
	if ns := cmp.Or(c.namespace, at.Namespace); ns != "" {
		args = append(args, "--namespace", ns)
	}
	if c.crds {
		args = append(args, "--include-crds")
	}
	for _, v := range c.values {
		file, err := checkoutPath(at, v)
		if err != nil {
			return "", err
		}
		args = append(args, "--values", file)
	}
	for _, key := range slices.Sorted(maps.Keys(c.set)) {
		args = append(args, "--set-string", key+"="+setValue(c.set[key]))
	}
	r, err := helm.run(ctx, at, call{keep: 2 * maxRendered, args: args, env: map[string]string{"KUBECONFIG": "/dev/null", "HELM_NO_PLUGINS": "1"}})
	switch {
	case err != nil:
		return "", err
	case r.Exit != 0:
		return "", &badChart{strings.ReplaceAll(helmSaid(helm, r.Stderr.Text), dir, c.path)}
	case len(r.Stdout.Text) > maxRendered || r.Stdout.Dropped > 0:
		return "", fmt.Errorf("%s renders to more than the %d MiB that are read", c.path, maxRendered>>20)
	}
	return strings.ToValidUTF8(r.Stdout.Text, "�"), nil
}

// helmSaid is helm's error in one line, without its advice.
func helmSaid(p program, text string) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "�"))
	if i := strings.LastIndex(text, "Error: "); i >= 0 {
		text = text[i+len("Error: "):]
	}
	text, _, _ = strings.Cut(text, "\n\nUse --debug")
	if strings.Contains(text, missingCharts) {
		text += "; helm dependency build gets them"
	}
	return cmp.Or(strings.Join(strings.Fields(text), " "), p.name+" says nothing")
}

// setValue writes a value for --set-string, in which commas, braces and backslashes have a meaning.
func setValue(v string) string {
	return strings.NewReplacer(`\`, `\\`, ",", `\,`, "{", `\{`, "}", `\}`).Replace(v)
}

// chartProblems tells of charts and values that are not files of the checkout.
func chartProblems(field, path string, values []string) (out []check.Problem) {
	if strings.Contains(path, "://") {
		out = append(out, problem("this is no folder of the checkout", "only charts of the checkout are rendered: helm pull gets one", field))
	}
	for _, p := range globProblems([]string{path}) {
		p.Path = []any{field}
		out = append(out, p)
	}
	return append(out, globProblems(values, "values")...)
}

// templateTexts parts what a chart renders to by the templates that it comes from, in their order.
func templateTexts(rendered string) (out []namedText) {
	at := map[string]int{}
	name := "chart"
	for line := range strings.Lines(rendered) {
		if from, ok := strings.CutPrefix(line, "# Source: "); ok {
			name = strings.TrimSpace(from)
			continue
		}
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name], out = i, append(out, namedText{name: name})
		}
		out[i].lines.WriteString(line)
	}
	return out
}

// namedText is a text and what it is called.
type namedText struct {
	name  string
	lines strings.Builder
}
