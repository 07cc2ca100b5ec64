package steps

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// k8sRef names an object, or a set of them.
type k8sRef struct {
	APIVersion    string `yaml:"apiVersion" doc:"group and version as the object writes them, such as v1 or apps/v1; required but for objects"`
	Kind          string `yaml:"kind" doc:"the kind, such as Deployment; required but for objects"`
	Namespace     string `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	AllNamespaces bool   `yaml:"allNamespaces" doc:"look in all namespaces; for sets"`
	Name          string `yaml:"name" doc:"one object; without name and selector it is the set of all in the namespace"`
	Selector      string `yaml:"selector" doc:"a set of objects by their labels, such as app=web,tier!=db"`
	FieldSelector string `yaml:"fieldSelector" doc:"narrows a set by fields, such as spec.nodeName=n1; the server knows few of them"`
}

// k8sArgs are the fields of a k8s step.
type k8sArgs struct {
	k8sRef
	Objects map[string]k8sRef `yaml:"objects" doc:"several at once, for assert: self.NAME is the object of that name, empty where it is not there; a list where the entry is a set"`

	Absent    bool           `yaml:"absent" doc:"expect that it is not there"`
	Count     *int           `yaml:"count" doc:"expect a set of that many objects"`
	Condition []string       `yaml:"condition" doc:"expect conditions of the status, such as Ready or Ready=False, about the present generation"`
	Ready     bool           `yaml:"ready" doc:"expect that its controller has nothing left to do, after the rules of kstatus"`
	Match     map[string]any `yaml:"match" doc:"expect these parts of the object; list items are found by name, type, port and the like, else by likeness; [] is an empty list, null a field that is not there"`
}

// single tells whether the reference is one object.
func (r k8sRef) single() bool { return r.Name != "" }

func (r k8sRef) query(at check.Site) Query {
	return Query{
		APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, Default: at.Namespace,
		AllNamespaces: r.AllNamespaces, Name: r.Name, Selector: r.Selector, Fields: r.FieldSelector,
	}
}

// String is what findings call it: Deployment/web, or Pod app=web.
func (r k8sRef) String() string {
	switch {
	case r.single():
		return r.Kind + "/" + r.Name
	case r.Selector+r.FieldSelector != "":
		return r.Kind + " " + strings.Trim(r.Selector+" "+r.FieldSelector, " ")
	}
	return r.Kind
}

// target is String and where it is.
func (r k8sRef) target() string {
	switch {
	case r.AllNamespaces:
		return r.String() + " in all namespaces"
	case r.Namespace != "":
		return r.String() + " in " + r.Namespace
	}
	return r.String()
}

func (a k8sArgs) target() string {
	if a.Objects == nil {
		return a.k8sRef.target()
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a.Objects)) {
		out = append(out, a.Objects[name].target())
	}
	return strings.Join(out, ", ")
}

// refs are all that a step looks at.
func (a k8sArgs) refs() []k8sRef {
	if a.Objects == nil {
		return []k8sRef{a.k8sRef}
	}
	return slices.Collect(maps.Values(a.Objects))
}

var errNoCluster = errors.New("no cluster is configured")

// k8s looks at objects of a cluster.
type k8s struct{ cluster Cluster }

func k8sKind(d Deps) check.Kind {
	k := k8s{d.Cluster}
	return check.Define(check.Spec[k8sArgs]{
		Name: "k8s",
		Doc:  "Expect an object of a Kubernetes cluster, or a set of them, to be there, absent, ready, or as described.",
		Example: `k8s: {apiVersion: apps/v1, kind: Deployment, namespace: web, name: web, ready: true, match: {spec: {replicas: 2}}}
record: {image: "self.spec.template.spec.containers[0].image"}
within: 5m`,
		SelfDoc: "the object; a list of objects for a set; a mapping of both for objects. Without managed fields. Of a Secret, self.data.KEY.length takes the place of the value",
		Could:   []check.Capability{check.ReadsSecrets},
		CapsOf:  k8sCaps,
		Check:   k8sCheck,
		Target:  k8sArgs.target,
		Rules:   k8sArgs.rules,
		Shared:  true,
		Open:    func(a k8sArgs) bool { return a.Objects != nil },
		Look:    k.look,
		Wake:    k.wake,
		Draft:   k.draft(d.Names),
		Aim:     "KIND/NAME, as kubectl takes it",
	})
}

func k8sCaps(a k8sArgs) []check.Capability {
	caps := []check.Capability{check.ClusterRead}
	if slices.ContainsFunc(a.refs(), func(r k8sRef) bool { return r.Kind == "Secret" }) {
		caps = append(caps, check.ReadsSecrets)
	}
	return caps
}

// rules are the rights that the verdict needs. What is looked up to explain a failure is left out where it is not allowed.
func (a k8sArgs) rules() []check.Rule {
	var out []check.Rule
	for _, r := range a.refs() {
		rule := check.Rule{Verbs: []string{"list"}, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: r.Namespace, AllNamespaces: r.AllNamespaces}
		if r.single() {
			rule.Verbs, rule.Names = []string{"get"}, []string{r.Name}
		}
		out = append(out, rule)
	}
	return out
}

// wake watches what is looked at.
func (k k8s) wake(ctx context.Context, at check.Site, a k8sArgs) (<-chan struct{}, error) {
	return watchAll(ctx, k.cluster, at, a.refs())
}
