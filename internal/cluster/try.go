package cluster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

const (
	fieldManager = "wpctl"
	maxTries     = 30 // of one object, each without the fields that were rejected before
)

// Try asks the server what it would say to an object. See steps.Tryer.
//
// The server stops at the first unknown field of a mapping, in no particular order. So it is asked again without the
// fields that it rejected, until it has told of all.
func (cs *Clusters) Try(ctx context.Context, cluster string, t steps.Trial) (steps.Verdict, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return steps.Verdict{}, err
	}
	apiVersion, _ := t.Object["apiVersion"].(string)
	kind, _ := t.Object["kind"].(string)
	r, err := c.kinds.find(ctx, apiVersion, kind)
	if err != nil {
		return steps.Verdict{}, err
	}
	v, err := c.try(ctx, r, t)
	if !errors.Is(err, errUnserved) {
		return v, err
	}
	// The kind went away since it was discovered, or moved.
	c.kinds.forget(r)
	if r, err = c.kinds.find(ctx, apiVersion, kind); err != nil {
		return steps.Verdict{}, err
	}
	if v, err = c.try(ctx, r, t); errors.Is(err, errUnserved) {
		err = &steps.NoKind{APIVersion: apiVersion, Kind: kind}
	}
	return v, err
}

func (c *client) try(ctx context.Context, r *Resource, t steps.Trial) (steps.Verdict, error) {
	own := meta(t.Object, "namespace")
	if !r.Namespaced {
		own = ""
	}
	ns, err := c.namespace(r, steps.Query{Namespace: own, Default: t.Default})
	if err == nil {
		err = segments(meta(t.Object, "name"), cmp.Or(t.Namespace, ns))
	}
	if err != nil {
		return steps.Verdict{}, err
	}
	ctx, warned := withWarnings(ctx)
	try := trial{client: c, resource: r, object: runtime.DeepCopyJSON(t.Object), namespace: ns}
	if t.Namespace != "" && r.Namespaced {
		try.moveTo(t.Namespace)
	}
	v, err := try.run(ctx)
	v.Namespace, v.Warnings = ns, warned.list()
	return v, err
}

// trial is an object on its way to a verdict.
type trial struct {
	client    *client
	resource  *Resource
	object    steps.Object
	namespace string
}

// moveTo lets the object be created elsewhere, under a name that nothing there has.
func (t *trial) moveTo(namespace string) {
	t.namespace = namespace
	m, _ := t.object["metadata"].(map[string]any)
	m = maps.Clone(m)
	delete(m, "name")
	m["namespace"], m["generateName"] = namespace, "wpctl-"
	t.object["metadata"] = m
}

func (t *trial) run(ctx context.Context) (v steps.Verdict, err error) {
	for range maxTries {
		said, err := t.once(ctx)
		if err != nil || len(said.Rejected) == 0 || !said.fields {
			if len(v.Rejected) == 0 { // what is said of an object without its bad fields is not about it
				v = said.Verdict
			}
			return v, err
		}
		before := len(v.Rejected)
		removed := false
		for _, r := range said.Rejected {
			if !slices.ContainsFunc(v.Rejected, func(o steps.Rejection) bool { return o.Path == r.Path && o.Message == r.Message }) {
				v.Rejected = append(v.Rejected, r)
			}
			removed = removeField(t.object, r.At) || removed
		}
		if len(v.Rejected) == before || !removed {
			break
		}
	}
	slices.SortFunc(v.Rejected, func(a, b steps.Rejection) int { return strings.Compare(a.Path+a.Message, b.Path+b.Message) })
	return v, nil
}

// saying is what the server says once. Fields: it is about fields and their types, and the rest was not looked at.
type saying struct {
	steps.Verdict
	fields bool
}

// once sends the object: to be applied where it has a name, else to be created.
func (t *trial) once(ctx context.Context) (saying, error) {
	body, err := json.Marshal(t.object)
	if err != nil {
		return saying{}, err
	}
	s, name := scope{t.resource, t.namespace}, meta(t.object, "name")
	r := request{
		method: http.MethodPatch, path: s.path(name), body: body, contentType: "application/apply-patch+yaml", what: s.what("dry-run", name),
		params: url.Values{"dryRun": {"All"}, "fieldValidation": {"Strict"}, "fieldManager": {fieldManager}},
	}
	if name == "" || !t.resource.can("patch") {
		r.method, r.path, r.contentType = http.MethodPost, s.path(""), "application/json"
	} else {
		r.params.Set("force", "true") // whose fields they are is not the question
	}
	var said *saying
	err = t.client.do(ctx, r.what, func(ctx context.Context) error {
		body, err := t.client.open(ctx, r)
		if err != nil {
			var refused *refusal
			if errors.As(err, &refused) {
				if said = refused.verdict(); said != nil {
					return nil
				}
			}
			return err
		}
		return body.Close()
	})
	if said == nil {
		said = &saying{}
	}
	for i, r := range said.Rejected {
		said.Rejected[i].At = fieldPath(t.object, r.Path)
	}
	return *said, err
}
