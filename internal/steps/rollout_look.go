package steps

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

func (k rollout) look(ctx context.Context, at check.Site, a rolloutArgs) (check.Result, error) {
	if k.cluster == nil {
		return check.Result{}, errNoCluster
	}
	seen, err := k.cluster.Read(ctx, at.Cluster, a.ref().query(at))
	if err != nil {
		return check.Result{}, err
	}
	r := check.Result{Want: a.want(), Saw: sawOf(a.ref(), seen), Self: rolloutSelf{Kind: a.Kind, Name: a.Name, Images: []string{}}}
	if len(seen.Objects) == 0 {
		r.Explain = func(ctx context.Context) []string {
			q := &inquiry{k: k8s(k), at: at}
			q.missing(ctx, a.ref(), seen)
			return q.lines
		}
		return r, nil
	}
	w := rolling{a: a, object: seen.Objects[0]}
	if w.revisions, err = k.revisionsOf(ctx, at, a); err != nil {
		return check.Result{}, err
	}
	pods, err := k.cluster.Read(ctx, at.Cluster, podsQuery(a, at, w.object))
	if err != nil {
		return check.Result{}, err
	}
	if w.now = pods.Time; w.now.IsZero() {
		w.now = at.Now()
	}
	w.sort(pods.Objects)
	self := w.self()
	faults := w.judge(self)
	r.OK, r.Self = len(faults) == 0, self
	if r.Saw = w.saw(self); !r.OK {
		r.Saw = code(objName(w.object)) + ": " + bounded(faults)
	} else if self.Paused {
		warn(at, "the rollout of %s is paused: the next revision will wait", objName(w.object))
	}
	r.Explain = func(ctx context.Context) []string {
		q := &inquiry{k: k8s(k), at: at}
		q.object(ctx, w.object)
		return q.lines[:min(len(q.lines), maxWhy)]
	}
	return r, nil
}

// revisionsOf returns the objects that hold the revisions of all workloads of the namespace.
func (k rollout) revisionsOf(ctx context.Context, at check.Site, a rolloutArgs) ([]Object, error) {
	kind := a.revisions()
	if kind == "" {
		return nil, nil
	}
	q := a.ref().query(at)
	q.Kind, q.Name = kind, ""
	seen, err := k.cluster.Read(ctx, at.Cluster, q)
	return seen.Objects, err
}

// rolling is a workload with its pods.
type rolling struct {
	a         rolloutArgs
	object    Object
	revisions []Object // ReplicaSets or ControllerRevisions, of other workloads too
	now       time.Time

	newest, old []Object // pods, by revision; those of the newest one that are ending are left out
}

// The labels by which a pod shows its revision.
const (
	templateHash  = "pod-template-hash"
	revisionLabel = "controller-revision-hash"
)

// revision returns the newest revision of the workload, and the label that its pods have; hash is "" where the
// controller has not made it yet.
func (w *rolling) revision() (name, label, hash string) {
	switch w.a.Kind {
	case "Deployment":
		for _, rs := range owned(w.object, slices.Clone(w.revisions)) {
			if sameTemplate(w.object, rs) {
				return objString(rs, "metadata", "annotations", "deployment.kubernetes.io/revision"), templateHash, objString(rs, "metadata", "labels", templateHash)
			}
		}
		return "", templateHash, ""
	case "DaemonSet":
		newest := int64(-1)
		for _, cr := range owned(w.object, slices.Clone(w.revisions)) {
			if n, _ := objInt(cr, "revision"); n > newest {
				newest, name, hash = n, fmt.Sprint(n), objString(cr, "metadata", "labels", revisionLabel)
			}
		}
		return name, revisionLabel, hash
	}
	name = objString(w.object, "status", "updateRevision")
	return name, revisionLabel, name
}

// sameTemplate tells whether a ReplicaSet was made of a Deployment's present template, as its controller does: of a
// paused one the annotation that counts revisions stays behind.
func sameTemplate(deployment, rs Object) bool {
	template := maps.Clone(objMap(rs, "spec", "template"))
	meta := maps.Clone(objMap(template, "metadata"))
	labels := maps.Clone(objMap(meta, "labels"))
	if labels == nil {
		return false
	}
	delete(labels, templateHash)
	meta["labels"], template["metadata"] = labels, meta
	return reflect.DeepEqual(template, objMap(deployment, "spec", "template"))
}

// sort parts the pods that belong to the workload by their revision. Pods that are over, and of the newest revision
// those that are ending, are not counted: the controller replaces them.
func (w *rolling) sort(pods []Object) {
	_, label, hash := w.revision()
	for _, p := range pods {
		if !w.owns(p) || slices.Contains([]string{"Succeeded", "Failed"}, objString(p, "status", "phase")) {
			continue
		}
		if objString(p, "metadata", "labels", label) != hash {
			w.old = append(w.old, p)
		} else if objString(p, "metadata", "deletionTimestamp") == "" {
			w.newest = append(w.newest, p)
		}
	}
}

// owns tells whether the workload, or one of its ReplicaSets, made the pod.
func (w *rolling) owns(p Object) bool {
	owners := []Object{w.object}
	if w.a.Kind == "Deployment" {
		owners = owned(w.object, slices.Clone(w.revisions))
	}
	return slices.ContainsFunc(owners, func(o Object) bool { return len(owned(o, []Object{p})) > 0 })
}

// wanted is how many pods there are to be.
func (w *rolling) wanted() int {
	path := []string{"spec", "replicas"}
	if w.a.Kind == "DaemonSet" {
		path = []string{"status", "desiredNumberScheduled"}
	}
	n, _ := objInt(w.object, path...)
	return int(n)
}

// self is what was seen.
func (w *rolling) self() rolloutSelf {
	name, _, _ := w.revision()
	self := rolloutSelf{
		Kind: w.a.Kind, Name: w.a.Name, Revision: name, Replicas: w.wanted(), Updated: len(w.newest), Old: len(w.old),
		Paused: objAt(w.object, "spec", "paused") == true, Images: images(w.object),
	}
	self.Ready, self.Restarts = w.ready()
	return self
}

// judge returns what is wrong, a line each.
func (w *rolling) judge(self rolloutSelf) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	want := self.Replicas
	if objString(w.object, "metadata", "deletionTimestamp") != "" {
		fault("it is being deleted")
	}
	observed, _ := objInt(w.object, "status", "observedGeneration")
	now, _ := objInt(w.object, "metadata", "generation")
	if _, _, hash := w.revision(); observed < now || hash == "" && !self.Paused {
		fault("its controller has not seen the newest revision yet")
	}
	if c := findCondition(w.object, "Progressing"); objString(c, "reason") == "ProgressDeadlineExceeded" {
		fault("the rollout has taken longer than its progressDeadlineSeconds")
	}
	switch {
	case w.a.Replicas != nil && want != *w.a.Replicas:
		fault("it is scaled to %d", want)
	case want == 0 && w.a.Replicas == nil:
		fault("it is scaled to 0: nothing runs")
	}
	before := len(faults)
	if self.Updated != want {
		fault("%d of %d pods are of the newest revision", self.Updated, want)
	}
	if self.Ready < self.Updated {
		fault("%d of %d pods are ready", self.Ready, want)
	}
	if self.Old > 0 {
		fault("%d of another revision still there", self.Old)
	}
	if hold := w.held(self.Paused); hold != "" && len(faults) > before {
		fault("%s", hold)
	}
	if limit := w.a.MaxRestarts; limit != nil && self.Restarts > *limit {
		fault("%s", w.restarted(*limit))
	}
	if len(faults) == 0 && w.a.Stable > 0 {
		if n := w.unsettled(); n > 0 {
			fault("%d of %d pods are ready, and not yet for %s", n, want, strict.FormatDuration(w.a.Stable))
		}
	}
	return faults
}

// held says what keeps the controller from going on by itself; "" where nothing does.
func (w *rolling) held(paused bool) string {
	partition, _ := objInt(w.object, "spec", "updateStrategy", "rollingUpdate", "partition")
	switch {
	case paused:
		return "the rollout is paused"
	case objString(w.object, "spec", "updateStrategy", "type") == "OnDelete":
		return "its update strategy is OnDelete: a pod is renewed when somebody deletes it"
	case partition > 0:
		return fmt.Sprintf("its partition %d keeps pods at the old revision", partition)
	}
	return ""
}

// ready counts the pods of the newest revision that are ready, and the restarts of the most restarted container.
func (w *rolling) ready() (ready, restarts int) {
	for _, p := range w.newest {
		if objString(findCondition(p, "Ready"), "status") == "True" {
			ready++
		}
		for _, c := range containers(p) {
			n, _ := objInt(c, "restartCount")
			restarts = max(restarts, int(n))
		}
	}
	return ready, restarts
}

// restarted says which containers were restarted more often than the limit. How often exactly changes with each look.
func (w *rolling) restarted(limit int) string {
	var names []string
	for _, p := range w.newest {
		for _, c := range containers(p) {
			name := objString(c, "name")
			if n, _ := objInt(c, "restartCount"); int(n) > limit && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	s := fmt.Sprintf("container %s was restarted", strings.Join(names, ", "))
	if limit > 0 {
		s += fmt.Sprintf(" more than %d times", limit)
	}
	return s
}

// unsettled counts the pods that are not ready, or not running, for long enough.
func (w *rolling) unsettled() (n int) {
	for _, p := range w.newest {
		since := []string{objString(findCondition(p, "Ready"), "lastTransitionTime")}
		for _, c := range objList(p, "status", "containerStatuses") {
			since = append(since, objString(c, "state", "running", "startedAt"))
		}
		if slices.ContainsFunc(since, func(s string) bool { return !w.longAgo(s) }) {
			n++
		}
	}
	return n
}

// longAgo compares whole seconds, as the cluster tells them, and rather waits one more.
func (w *rolling) longAgo(moment string) bool {
	t, err := time.Parse(time.RFC3339, moment)
	return err == nil && w.now.Sub(t) > w.a.Stable
}

// saw is a workload that is as expected.
func (w *rolling) saw(self rolloutSelf) string {
	s := code(objName(w.object))
	if self.Replicas == 0 {
		return s + " scaled to 0"
	}
	if w.a.Kind != "StatefulSet" { // whose revisions have generated names
		s += " revision " + self.Revision + ","
	}
	s += fmt.Sprintf(" %d of %d ready", self.Ready, self.Replicas)
	if w.a.Stable > 0 {
		s += " for " + strict.FormatDuration(w.a.Stable)
	}
	if w.a.MaxRestarts != nil {
		s += fmt.Sprintf(", at most %d restarts", *w.a.MaxRestarts)
	}
	return s
}

func containers(p Object) []any {
	return slices.Concat(objList(p, "status", "initContainerStatuses"), objList(p, "status", "containerStatuses"))
}

func images(o Object) []string {
	out := []string{}
	for _, c := range objList(o, "spec", "template", "spec", "containers") {
		out = append(out, objString(c, "image"))
	}
	return out
}
