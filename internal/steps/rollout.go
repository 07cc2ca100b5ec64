package steps

import (
	"context"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// rolloutArgs are the fields of a rollout step.
type rolloutArgs struct {
	Kind        string        `yaml:"kind" required:"true" enum:"Deployment|StatefulSet|DaemonSet" doc:"the workload's kind, of apps/v1"`
	Namespace   string        `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	Name        string        `yaml:"name" required:"true" doc:"the workload"`
	Stable      time.Duration `yaml:"stable" doc:"how long each pod must have been ready, by the cluster's clock"`
	MaxRestarts *int          `yaml:"maxRestarts" doc:"how often a container of a pod may have been restarted at most"`
	Replicas    *int          `yaml:"replicas" doc:"how many pods it must be scaled to; 0 passes only where it is written here"`
}

// rolloutSelf is what a rollout step saw.
type rolloutSelf struct {
	Kind     string   `json:"kind" doc:"the workload's kind"`
	Name     string   `json:"name" doc:"the workload"`
	Revision string   `json:"revision" doc:"the newest: a number for a Deployment and a DaemonSet, a name for a StatefulSet"`
	Replicas int      `json:"replicas" doc:"how many pods it is scaled to"`
	Updated  int      `json:"updated" doc:"pods of the newest revision"`
	Ready    int      `json:"ready" doc:"of these, those that are ready"`
	Old      int      `json:"old" doc:"pods of other revisions, those that are still ending included"`
	Restarts int      `json:"restarts" doc:"the most that a container of a pod of the newest revision was restarted"`
	Paused   bool     `json:"paused" doc:"its rollout is paused"`
	Images   []string `json:"images" doc:"of its containers, as the workload wants them"`
}

// rollout looks at workloads.
type rollout struct{ cluster Cluster }

// rolloutKind looks whether the newest revision of a workload is what runs, and since long enough.
//
// It does not take the status at its word: the revision is told by the ReplicaSet or the ControllerRevision, and each
// pod is looked at. How long a pod is ready is the difference of two times of the cluster, so that this machine's
// clock does not matter, and one look can pass where all has long been stable.
func rolloutKind(d Deps) check.Kind {
	k := rollout{d.Cluster}
	return check.Define(check.Spec[rolloutArgs]{
		Name: "rollout",
		Doc:  "Expect the newest revision of a workload to be rolled out, ready for long enough, and seldom restarted.",
		Example: `rollout: {kind: Deployment, namespace: web, name: web, stable: 30s, maxRestarts: 0}
within: 5m`,
		Self:   rolloutSelf{},
		Caps:   []check.Capability{check.ClusterRead},
		Check:  rolloutCheck,
		Target: func(a rolloutArgs) string { return a.ref().target() },
		Rules:  rolloutArgs.rules,
		Shared: true,
		Look:   k.look,
		Wake:   k.wake,
	})
}

func (a rolloutArgs) ref() k8sRef {
	return k8sRef{APIVersion: "apps/v1", Kind: a.Kind, Namespace: a.Namespace, Name: a.Name}
}

// revisions is the kind of the objects that hold the revisions; "" where the status says all.
func (a rolloutArgs) revisions() string {
	return map[string]string{"Deployment": "ReplicaSet", "DaemonSet": "ControllerRevision"}[a.Kind]
}

func (a rolloutArgs) rules() []check.Rule {
	out := []check.Rule{
		{Verbs: []string{"get"}, APIVersion: "apps/v1", Kind: a.Kind, Namespace: a.Namespace, Names: []string{a.Name}},
		{Verbs: []string{"list"}, APIVersion: "v1", Kind: "Pod", Namespace: a.Namespace},
	}
	if kind := a.revisions(); kind != "" {
		out = append(out, check.Rule{Verbs: []string{"list"}, APIVersion: "apps/v1", Kind: kind, Namespace: a.Namespace, Unwatched: true})
	}
	return out
}

func rolloutCheck(a rolloutArgs) (out []check.Problem) {
	for _, p := range checkRef(a.ref()) {
		if len(p.Path) > 0 {
			out = append(out, p)
		}
	}
	if a.Name == "" {
		out = append(out, problem("the name is empty", "", "name"))
	}
	if a.Stable < 0 {
		out = append(out, problem("a time cannot be negative", "", "stable"))
	}
	if a.MaxRestarts != nil && *a.MaxRestarts < 0 {
		out = append(out, problem("maxRestarts cannot be negative", "", "maxRestarts"))
	}
	if a.Replicas != nil && *a.Replicas < 0 {
		out = append(out, problem("replicas cannot be negative", "", "replicas"))
	}
	if a.Replicas != nil && *a.Replicas == 0 && (a.Stable > 0 || a.MaxRestarts != nil) {
		out = append(out, problem("without pods nothing is ready or restarted", "leave out stable and maxRestarts", "replicas"))
	}
	return out
}

func (a rolloutArgs) want() string {
	s := a.ref().target() + " rolled out"
	if a.Replicas != nil {
		s += fmt.Sprintf(", %d pods", *a.Replicas)
	}
	if a.Stable > 0 {
		s += ", ready for " + strict.FormatDuration(a.Stable)
	}
	if a.MaxRestarts != nil {
		s += fmt.Sprintf(", at most %d restarts", *a.MaxRestarts)
	}
	return s
}

// The pace at which a step that waits for pods to be ready for a while looks again, whatever happens.
const shortestPace, longestPace = 500 * time.Millisecond, 5 * time.Second

// wake watches the workload and its pods, and also wakes by time where pods have to stay ready.
func (k rollout) wake(ctx context.Context, at check.Site, a rolloutArgs) (<-chan struct{}, error) {
	if k.cluster == nil {
		return nil, errNoCluster
	}
	qs := []Query{a.ref().query(at)}
	if seen, err := k.cluster.Read(ctx, at.Cluster, qs[0]); err == nil && len(seen.Objects) == 1 {
		qs = append(qs, podsQuery(a, at, seen.Objects[0]))
	}
	changed, err := k.cluster.Watch(ctx, at.Cluster, qs...)
	if err != nil || changed == nil || a.Stable == 0 {
		return changed, err
	}
	wake := make(chan struct{}, 1)
	go func() {
		defer close(wake)
		pace := time.NewTicker(min(max(a.Stable/10, shortestPace), longestPace))
		defer pace.Stop()
		for {
			select {
			case <-changed:
			case <-pace.C:
			case <-ctx.Done():
				return
			}
			select {
			case wake <- struct{}{}:
			default: // it is awake already
			}
		}
	}()
	return wake, nil
}

// podsQuery asks for all pods that a workload's selector chooses.
func podsQuery(a rolloutArgs, at check.Site, workload Object) Query {
	q := a.ref().query(at)
	q.APIVersion, q.Kind, q.Name, q.Selector = "v1", "Pod", "", labelSelector(objMap(workload, "spec", "selector"))
	return q
}
