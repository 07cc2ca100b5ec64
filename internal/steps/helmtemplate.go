package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// helmTemplate renders a chart and looks at the objects that come of it.
func helmTemplate(ctx context.Context, at check.Site, a helmArgs) (check.Result, error) {
	self := helmSelf{Objects: []any{}, Values: map[string]any{}}
	out, err := chart{path: a.Template, values: a.Values, set: a.Set, release: a.Release, namespace: a.Namespace}.render(ctx, at)
	var bad *badChart
	switch {
	case errors.As(err, &bad) && !bad.incomplete():
		return check.Result{Want: a.Template + " renders", Saw: bad.why, Self: self}, nil
	case err != nil:
		return check.Result{}, err
	}
	objects, err := renderedObjects(out)
	if err != nil {
		return check.Result{Want: a.Template + " renders to YAML", Saw: err.Error(), Self: self}, nil
	}
	for i, o := range objects {
		objects[i] = veil(o, at.Secret)
		self.Objects = append(self.Objects, objects[i])
	}
	if len(objects) == 0 && a.wantsSome() {
		return check.Result{Want: a.Template + " renders to objects", Saw: "it renders to nothing", Self: self, Empty: true}, nil
	}
	var ms []Mismatch
	if a.Count != nil && *a.Count != len(objects) {
		ms = append(ms, Mismatch{plural(*a.Count, "object"), ""})
	}
	for _, want := range a.Objects {
		ms = append(ms, want.judge(objects)...)
	}
	return netVerdict(sawRendered(objects), ms, nil, self), nil
}

func (a helmArgs) wantsSome() bool {
	absent := len(a.Objects) > 0 && !slices.ContainsFunc(a.Objects, func(o helmObject) bool { return !o.Absent })
	return !(a.Count != nil && *a.Count == 0) && !absent
}

// renderedObjects decodes what a chart renders to.
func renderedObjects(rendered string) (out []Object, err error) {
	v, err := decodeYAML([]byte(rendered))
	if err != nil {
		if strings.TrimSpace(rendered) == "" {
			return nil, nil
		}
		return nil, err
	}
	docs, several := v.([]any)
	if !several {
		docs = []any{v}
	}
	for _, d := range docs {
		if o := objMap(d); o != nil {
			out = append(out, o)
		} else if d != nil {
			return nil, fmt.Errorf("it renders to %s, which is no object", Quote(jsonText(d)))
		}
	}
	return out, nil
}

func sawRendered(objects []Object) string {
	var names []string
	for _, o := range objects {
		names = append(names, objName(o))
	}
	return strings.TrimSuffix(fmt.Sprintf("%s: %s", plural(len(objects), "object"), boundedBy(", ", names)), ": ")
}

// judge looks for the objects that are meant among those that were rendered.
func (w helmObject) judge(objects []Object) (ms []Mismatch) {
	var meant []Object
	for _, o := range objects {
		if objString(o, "kind") == w.Kind && (w.Name == "" || objString(o, "metadata", "name") == w.Name) && (w.APIVersion == "" || objString(o, "apiVersion") == w.APIVersion) {
			meant = append(meant, o)
		}
	}
	var fits []Object
	var faults []string
	for _, o := range meant {
		var f []string
		if w.Match != nil {
			f = mismatches("", w.Match, o)
		}
		if len(f) == 0 {
			fits = append(fits, o)
			continue
		}
		faults = append(faults, objName(o)+" "+bounded(f))
	}
	saw := ""
	switch {
	case len(faults) > 0:
		saw = bounded(faults)
	case len(meant) == 0:
		saw = "no " + w.String()
	}
	switch {
	case w.Absent && len(fits) > 0:
		return []Mismatch{{"no " + w.String(), objName(fits[0])}}
	case w.Absent:
		return nil
	case w.Count != nil && *w.Count != len(fits):
		if saw == "" {
			saw = fmt.Sprintf("%d %s", len(fits), w)
		}
		return []Mismatch{{fmt.Sprintf("%d %s", *w.Count, w.described()), saw}}
	case w.Count == nil && len(fits) == 0:
		return []Mismatch{{w.described(), saw}}
	}
	return nil
}

// String is what findings call it: Deployment/web, or Deployment.
func (w helmObject) String() string { return k8sRef{Kind: w.Kind, Name: w.Name}.String() }

func (w helmObject) described() string {
	if w.Match == nil {
		return w.String()
	}
	return w.String() + " with " + strings.Join(leaves("", w.Match), ", ")
}
