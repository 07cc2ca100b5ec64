package steps

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

const (
	maxWhy        = 8 // lines
	maxWhyObjects = 2 // of a set
	maxWhyPods    = 3 // of a workload
)

// inquiry looks up why objects are not as expected, as an operator would. What it cannot read it leaves out.
type inquiry struct {
	k     k8s
	at    check.Site
	lines []string
}

// why returns the likely causes of a failure, in stable words, a line each. The failure may also be that of an
// assertion about objects which are as the step itself expects.
func (k k8s) why(ctx context.Context, at check.Site, a k8sArgs, seen Seen) []string {
	q := &inquiry{k: k, at: at}
	switch {
	case a.wantsNone():
		for _, o := range seen.Objects {
			q.leaving(o)
		}
	case len(seen.Objects) == 0 && a.Objects == nil:
		q.missing(ctx, a.k8sRef, seen)
	default:
		q.objects(ctx, suspects(a, seen.Objects))
	}
	return q.lines[:min(len(q.lines), maxWhy)]
}

// suspects are the objects that are not as expected, or all where it must be something else.
func suspects(a k8sArgs, all []Object) []Object {
	var bad []Object
	for _, o := range all {
		if len(a.faults(o)) > 0 {
			bad = append(bad, o)
		}
	}
	if bad == nil {
		return all
	}
	return bad
}

// objects says what is the matter with a few of them.
func (q *inquiry) objects(ctx context.Context, all []Object) {
	told := 0
	for _, o := range all {
		before := len(q.lines)
		q.object(ctx, o)
		if len(q.lines) > before {
			told++
		}
		if told == maxWhyObjects || len(q.lines) >= maxWhy {
			return
		}
	}
}

// leaving says who keeps an object that is being deleted.
func (q *inquiry) leaving(o Object) {
	if objString(o, "metadata", "deletionTimestamp") == "" {
		return
	}
	var names []string
	for _, f := range objList(o, "metadata", "finalizers") {
		names = append(names, fmt.Sprint(f))
	}
	if names != nil {
		q.say("%s is being deleted, and held by %s", code(objName(o)), strings.Join(names, ", "))
	}
}

// say adds a line, once.
func (q *inquiry) say(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	if !slices.Contains(q.lines, line) {
		q.lines = append(q.lines, line)
	}
}

// read returns a set of objects; none where it cannot be had.
func (q *inquiry) read(ctx context.Context, ref k8sRef) []Object {
	seen, err := q.k.cluster.Read(ctx, q.at.Cluster, ref.query(q.at))
	if err != nil {
		return nil
	}
	out := make([]Object, len(seen.Objects))
	for i, o := range seen.Objects {
		out[i] = veil(o, q.at.Secret)
	}
	return out
}

// missing says what else there is: a namespace that does not exist, or an object of a like name.
func (q *inquiry) missing(ctx context.Context, ref k8sRef, seen Seen) {
	if seen.Namespace != "" {
		ns, err := q.k.cluster.Read(ctx, q.at.Cluster, Query{APIVersion: "v1", Kind: "Namespace", Name: seen.Namespace})
		if err == nil && len(ns.Objects) == 0 {
			q.say("there is no namespace %q", seen.Namespace)
			return
		}
	}
	if !ref.single() || ref.Kind == "Secret" {
		return
	}
	var names []string
	wanted := ref.Name
	ref.Name = ""
	for _, o := range q.read(ctx, ref) {
		names = append(names, objString(o, "metadata", "name"))
	}
	if hint := diag.DidYouMean(wanted, names); hint != "" {
		q.say("%s", hint)
	}
}

// object says what is the matter with o, by its kind.
func (q *inquiry) object(ctx context.Context, o Object) {
	group, _, _ := strings.Cut(objString(o, "apiVersion"), "/")
	q.leaving(o)
	switch kind := objString(o, "kind"); {
	case kind == "Pod":
		q.pods(ctx, []Object{o})
	case slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}, kind):
		q.conditions(o)
		q.workload(ctx, o)
	case kind == "Certificate" && group == "cert-manager.io":
		q.certificate(ctx, o)
	case kind == "Service":
		q.service(ctx, o)
	case kind == "Ingress":
		q.ingress(ctx, o)
	default:
		q.conditions(o)
		q.ownPods(ctx, o)
	}
	q.events(ctx, o)
}

// conditions says which conditions are bad: False, or True where True is no good news.
func (q *inquiry) conditions(o Object) {
	for _, c := range objList(o, "status", "conditions") {
		kind, status := objString(c, "type"), objString(c, "status")
		bad := strings.HasSuffix(kind, "Failure") || strings.HasSuffix(kind, "Failed") || kind == "Stalled" || kind == "Degraded"
		if bad != (status == "True") || status == "Unknown" {
			continue
		}
		text := kind + "=" + status
		for _, more := range []string{objString(c, "reason"), stableFor(o, objString(c, "message"))} {
			if more != "" {
				text += ": " + more
			}
		}
		q.say("%s", text)
	}
}

// events says the newest Warning of each reason.
func (q *inquiry) events(ctx context.Context, o Object) {
	name := objString(o, "metadata", "name")
	all := q.read(ctx, k8sRef{
		APIVersion: "v1", Kind: "Event", Namespace: cmp.Or(objString(o, "metadata", "namespace"), "default"),
		FieldSelector: "type=Warning,involvedObject.kind=" + objString(o, "kind") + ",involvedObject.name=" + name,
	})
	uid := objString(o, "metadata", "uid")
	slices.SortStableFunc(all, func(a, b Object) int { return cmp.Compare(eventTime(b), eventTime(a)) })
	newest := map[string]string{}
	var reasons []string
	for _, e := range all {
		reason, message := objString(e, "reason"), objString(e, "message")
		if about := objString(e, "involvedObject", "uid"); about != "" && about != uid || newest[reason] != "" || namesState(message) {
			continue
		}
		newest[reason] = eventText(o, message)
		reasons = append(reasons, reason)
	}
	slices.Sort(reasons)
	for _, r := range reasons[:min(len(reasons), 3)] {
		q.say("event %s: %s", r, newest[r])
	}
}

// eventText is what an event about o says, in stable words.
func eventText(o Object, message string) string {
	const pull = `Failed to pull image "`
	if image, text, ok := strings.Cut(strings.TrimPrefix(message, pull), `": `); ok && strings.HasPrefix(message, pull) {
		message = pull + image + `": ` + strings.TrimPrefix(pullText(text), image+": ")
	}
	return stableFor(o, message)
}

// namesState tells whether a message of the kubelet only names the state of a container; another event of the same
// reason says how it came to that.
func namesState(message string) bool {
	return message == "Error: ErrImagePull" || message == "Error: ImagePullBackOff"
}

// eventTime is when an event was last seen, to sort by.
func eventTime(e Object) string {
	return cmp.Or(objString(e, "series", "lastObservedTime"), objString(e, "lastTimestamp"), objString(e, "eventTime"), objString(e, "metadata", "creationTimestamp"))
}
