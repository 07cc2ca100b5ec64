package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// workload says what is the matter with the pods of o.
func (q *inquiry) workload(ctx context.Context, o Object) {
	selector := labelSelector(objMap(o, "spec", "selector"))
	if selector == "" {
		return
	}
	ns := objString(o, "metadata", "namespace")
	pods := q.read(ctx, k8sRef{APIVersion: "v1", Kind: "Pod", Namespace: ns, Selector: selector})
	if len(pods) > 0 {
		q.pods(ctx, pods)
		return
	}
	if want, ok := objInt(o, "spec", "replicas"); ok && want == 0 {
		q.say("it is scaled to 0")
		return
	}
	q.say("there is no pod with %s", selector)
}

// ownPods says what is the matter with the pods that an operator made for o.
func (q *inquiry) ownPods(ctx context.Context, o Object) {
	ns := objString(o, "metadata", "namespace")
	if ns != "" && !ownGroup(objString(o, "apiVersion")) {
		q.pods(ctx, owned(o, q.read(ctx, k8sRef{APIVersion: "v1", Kind: "Pod", Namespace: ns})))
	}
}

// pods says why pods are not ready, of a few of them.
func (q *inquiry) pods(ctx context.Context, pods []Object) {
	n := 0
	for _, p := range pods {
		c := findCondition(p, "Ready")
		if phase := objString(p, "status", "phase"); phase == "Succeeded" || objString(c, "status") == "True" {
			continue
		}
		q.pod(ctx, p)
		if n++; n == maxWhyPods {
			return
		}
	}
}

func (q *inquiry) pod(ctx context.Context, p Object) {
	name := code(objName(p))
	if c := findCondition(p, "PodScheduled"); objString(c, "status") == "False" {
		q.say("%s is not scheduled: %s", name, unscheduled(p, c))
		return
	}
	statuses := append(objList(p, "status", "initContainerStatuses"), objList(p, "status", "containerStatuses")...)
	for _, c := range statuses {
		text, crashed := containerState(p, c)
		if text == "" {
			continue
		}
		q.say("%s: container %s %s", name, objString(c, "name"), text)
		if crashed {
			q.lastWords(ctx, p, c)
		}
	}
	q.events(ctx, p)
}

// unscheduled is why no node takes a pod, without the scheduler's words on why making room does not help.
func unscheduled(p Object, condition map[string]any) string {
	text := stableFor(p, objString(condition, "message"))
	for _, more := range []string{" no new claims to deallocate", " preemption: "} {
		text, _, _ = strings.Cut(text, more)
	}
	return strings.TrimRight(text, ". ")
}

// idle says what keeps all containers of a pod from running; "" where one runs, or nothing is wrong.
func idle(p Object) string {
	if len(runningContainers(p)) > 0 {
		return ""
	}
	if c := findCondition(p, "PodScheduled"); objString(c, "status") == "False" {
		return "it is not scheduled: " + unscheduled(p, c)
	}
	for _, c := range append(objList(p, "status", "initContainerStatuses"), objList(p, "status", "containerStatuses")...) {
		if text, _ := containerState(p, c); text != "" {
			return "container " + objString(c, "name") + " " + text
		}
	}
	return ""
}

// containerState says what is wrong with a container, in words that stay the same while it crashes and waits in turn.
func containerState(p Object, c any) (text string, crashed bool) {
	for _, state := range []string{"state", "lastState"} {
		t := objMap(c, state, "terminated")
		if exit, ok := objInt(t, "exitCode"); ok && exit != 0 {
			return fmt.Sprintf("exits with code %d%s", exit, parenthesis(objString(t, "reason"))), true
		}
	}
	if w := objMap(c, "state", "waiting"); w != nil {
		reason, message := objString(w, "reason"), stableFor(p, objString(w, "message"))
		if reason == "ErrImagePull" || reason == "ImagePullBackOff" { // they take turns, with different messages
			return "cannot pull its image " + objString(c, "image"), false
		}
		return strings.TrimSuffix("waits: "+reason+": "+message, ": "), false
	}
	if objAt(c, "state", "running") != nil && objAt(c, "ready") == false {
		return "runs and is not ready", false
	}
	return "", false
}

func parenthesis(reason string) string {
	if reason == "" || reason == "Error" {
		return ""
	}
	return " (" + reason + ")"
}

// lastWords says the last lines of the log of a container that crashed.
func (q *inquiry) lastWords(ctx context.Context, p Object, c any) {
	name := objString(c, "name")
	lines, err := q.k.cluster.Logs(ctx, q.at.Cluster, LogQuery{
		Namespace: objString(p, "metadata", "namespace"), Pod: objString(p, "metadata", "name"), Container: name,
		Previous: objAt(c, "state", "terminated") == nil, Tail: 3,
	})
	if err != nil {
		return
	}
	for _, line := range lines {
		if line = stableFor(p, line); line != "" {
			q.say("log of %s: %s", name, masked(line))
		}
	}
}

// labelSelector writes a LabelSelector as a query does.
// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
func labelSelector(s map[string]any) string {
	var parts []string
	labels := objMap(s, "matchLabels")
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, fmt.Sprintf("%s=%v", key, labels[key]))
	}
	for _, e := range objList(s, "matchExpressions") {
		key := objString(e, "key")
		var values []string
		for _, v := range objList(e, "values") {
			values = append(values, fmt.Sprint(v))
		}
		switch set := "(" + strings.Join(values, ",") + ")"; objString(e, "operator") {
		case "In":
			parts = append(parts, key+" in "+set)
		case "NotIn":
			parts = append(parts, key+" notin "+set)
		case "Exists":
			parts = append(parts, key)
		case "DoesNotExist":
			parts = append(parts, "!"+key)
		}
	}
	return strings.Join(parts, ",")
}
