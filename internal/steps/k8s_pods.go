package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// PodRef chooses pods: one by its name, a set by a selector, or those of a workload.
type PodRef struct {
	APIVersion string `yaml:"apiVersion" doc:"group and version of the workload, where Kubernetes itself has no such kind"`
	Kind       string `yaml:"kind" doc:"the kind of the workload whose pods are meant, such as Deployment; else name is that of a pod"`
	Namespace  string `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	Name       string `yaml:"name" doc:"the workload, or the pod"`
	Selector   string `yaml:"selector" doc:"pods by their labels, such as app=web"`
}

// workloads are the kinds of Kubernetes itself that have pods.
var workloads = map[string]string{
	"Pod": "v1", "ReplicationController": "v1", "Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1",
	"DaemonSet": "apps/v1", "Job": "batch/v1", "CronJob": "batch/v1",
}

// Pods are the pods that a PodRef chose.
type Pods struct {
	List      []Object // ready ones first, then running ones, then the newest; none that is being deleted
	Owner     Object   // the workload; nil where none is named, or it is not there
	Namespace string   // that was looked in
}

// errNoPods is the error of One where there are no pods.
var errNoPods = errors.New("no pod")

// Find returns the pods that r chooses: of a workload those of its newest revision only.
// Where the workload is not there, Owner is nil and List is empty.
func (r PodRef) Find(ctx context.Context, c Cluster, at check.Site) (Pods, error) {
	if c == nil {
		return Pods{}, errNoCluster
	}
	q := Query{Namespace: r.Namespace, Default: at.Namespace, APIVersion: "v1", Kind: "Pod", Selector: r.Selector}
	if r.Kind == "" || r.Kind == "Pod" {
		q.Name = r.Name
		seen, err := c.Read(ctx, at.Cluster, q)
		return Pods{List: inOrder(seen.Objects), Namespace: seen.Namespace}, err
	}
	q.APIVersion, q.Kind, q.Name = r.apiVersion(), r.Kind, r.Name
	seen, err := c.Read(ctx, at.Cluster, q)
	if err != nil || len(seen.Objects) == 0 {
		return Pods{Namespace: seen.Namespace}, err
	}
	out := Pods{Owner: seen.Objects[0], Namespace: seen.Namespace}
	pods, err := podsOf(ctx, c, at, out.Owner)
	out.List = inOrder(pods)
	return out, err
}

// One returns the first pod of those that r chooses, and an error that says what there is where there is none.
func (r PodRef) One(ctx context.Context, c Cluster, at check.Site) (Object, error) {
	pods, err := r.Find(ctx, c, at)
	if err != nil {
		return nil, err
	}
	if len(pods.List) == 0 {
		return nil, fmt.Errorf("%w: %s", errNoPods, r.missing(pods))
	}
	return pods.List[0], nil
}

// missing says what there is in place of pods.
func (r PodRef) missing(pods Pods) string {
	switch {
	case r.workload() && pods.Owner == nil:
		return fmt.Sprintf("no `%s` in %s", r, pods.Namespace)
	case r.workload():
		return fmt.Sprintf("`%s` has no pod of its newest revision", r)
	}
	return fmt.Sprintf("no `%s` in %s", r, pods.Namespace)
}

func (r PodRef) workload() bool { return r.Kind != "" && r.Kind != "Pod" }

func (r PodRef) apiVersion() string { return cmp.Or(r.APIVersion, workloads[r.Kind], "v1") }

// String is what findings call it: Deployment/web, or Pod app=web.
func (r PodRef) String() string { return r.ref().String() }

func (r PodRef) ref() k8sRef {
	return k8sRef{APIVersion: r.apiVersion(), Kind: cmp.Or(r.Kind, "Pod"), Namespace: r.Namespace, Name: r.Name, Selector: r.Selector}
}

// check finds mistakes that need no cluster.
func (r PodRef) check() []check.Problem {
	switch {
	case r.Name == "" && r.Selector == "":
		return []check.Problem{problem("name or selector is missing", "kind and name of a workload, the name of a pod, or a selector such as app=web")}
	case r.workload() && r.Name == "":
		return []check.Problem{problem(fmt.Sprintf("the name of the %s is missing", r.Kind), "a selector chooses pods: leave kind out, or name the "+r.Kind, "kind")}
	case r.workload() && r.Selector != "":
		return []check.Problem{problem("name and selector exclude each other", "leave one out", "selector")}
	case r.APIVersion == "" && workloads[cmp.Or(r.Kind, "Pod")] == "":
		return []check.Problem{problem(fmt.Sprintf("the apiVersion of %s is missing", r.Kind), "group and version, such as postgresql.cnpg.io/v1", "kind")}
	}
	return checkRef(r.ref())
}

// rules are the rights that Find uses.
func (r PodRef) rules() []check.Rule {
	pods := check.Rule{Verbs: []string{"list"}, APIVersion: "v1", Kind: "Pod", Namespace: r.Namespace}
	if !r.workload() {
		if r.Name != "" {
			pods.Verbs, pods.Names = []string{"get"}, []string{r.Name}
		}
		return []check.Rule{pods}
	}
	out := []check.Rule{{Verbs: []string{"get"}, APIVersion: r.apiVersion(), Kind: r.Kind, Namespace: r.Namespace, Names: []string{r.Name}}, pods}
	list := func(apiVersion, kind string) {
		out = append(out, check.Rule{Verbs: []string{"list"}, APIVersion: apiVersion, Kind: kind, Namespace: r.Namespace})
	}
	switch r.Kind {
	case "Deployment":
		list("apps/v1", "ReplicaSet")
	case "DaemonSet":
		list("apps/v1", "ControllerRevision")
	case "CronJob":
		list("batch/v1", "Job")
	}
	return out
}

// podsOf returns the pods of a workload's newest revision.
func podsOf(ctx context.Context, c Cluster, at check.Site, owner Object) ([]Object, error) {
	ns := objString(owner, "metadata", "namespace")
	list := func(apiVersion, kind, selector string) ([]Object, error) {
		seen, err := c.Read(ctx, at.Cluster, Query{APIVersion: apiVersion, Kind: kind, Namespace: ns, Selector: selector})
		return slices.Clone(seen.Objects), err
	}
	selector := labelSelector(objMap(owner, "spec", "selector"))
	switch objString(owner, "kind") {
	case "Deployment":
		sets, err := list("apps/v1", "ReplicaSet", selector)
		newest := latest(owned(owner, sets), func(o Object) int64 {
			n, _ := strconv.ParseInt(objString(o, "metadata", "annotations", "deployment.kubernetes.io/revision"), 10, 64)
			return n
		})
		if err != nil || newest == nil {
			return nil, err
		}
		owner = newest
	case "CronJob":
		jobs, err := list("batch/v1", "Job", "")
		newest := latest(owned(owner, jobs), func(Object) int64 { return 0 })
		if err != nil || newest == nil {
			return nil, err
		}
		owner, selector = newest, labelSelector(objMap(newest, "spec", "selector"))
	case "ReplicationController":
		selector = labelSelector(map[string]any{"matchLabels": objAt(owner, "spec", "selector")})
	case "Pod":
		return []Object{owner}, nil
	}
	hash, err := revisionHash(owner, list)
	if err != nil {
		return nil, err
	}
	pods, err := list("v1", "Pod", selector)
	return slices.DeleteFunc(owned(owner, pods), func(p Object) bool {
		return hash != "" && objString(p, "metadata", "labels", "controller-revision-hash") != hash
	}), err
}

// revisionHash is the label of the pods of the newest revision; "" where all pods of the workload are of one revision.
func revisionHash(owner Object, list func(apiVersion, kind, selector string) ([]Object, error)) (string, error) {
	switch objString(owner, "kind") {
	case "StatefulSet":
		return objString(owner, "status", "updateRevision"), nil
	case "DaemonSet":
		all, err := list("apps/v1", "ControllerRevision", labelSelector(objMap(owner, "spec", "selector")))
		newest := latest(owned(owner, all), func(o Object) int64 { n, _ := objInt(o, "revision"); return n })
		return objString(newest, "metadata", "labels", "controller-revision-hash"), err
	}
	return "", nil
}

// latest returns the object of the highest revision, of those the youngest; nil of none.
func latest(all []Object, revision func(Object) int64) Object {
	if len(all) == 0 {
		return nil
	}
	return slices.MaxFunc(all, func(a, b Object) int {
		return cmp.Or(cmp.Compare(revision(a), revision(b)), cmp.Compare(created(a), created(b)))
	})
}

func created(o Object) string { return objString(o, "metadata", "creationTimestamp") }

// inOrder sorts pods by how well they answer, without those that are being deleted.
func inOrder(pods []Object) []Object {
	out := slices.DeleteFunc(slices.Clone(pods), func(p Object) bool { return objString(p, "metadata", "deletionTimestamp") != "" })
	rank := func(p Object) int {
		switch {
		case objString(findCondition(p, "Ready"), "status") == "True":
			return 0
		case objString(p, "status", "phase") == "Running":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(out, func(a, b Object) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(created(b), created(a)), cmp.Compare(objString(a, "metadata", "name"), objString(b, "metadata", "name")))
	})
	return out
}
