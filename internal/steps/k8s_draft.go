package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Namer tells what people call kinds of a cluster.
type Namer interface {
	// Named returns the resource of a name as kubectl takes it: a plural, a singular, a short name or a kind, with .GROUP
	// behind it or not. One that the server does not have is a *NoResource.
	Named(ctx context.Context, cluster, name string) (APIResource, error)
}

// draft expects an object as it is: that it is there, and of what it is to be that which people chose. How many of it are
// up at this moment, what the server gave it, and all of a Secret but its type and its keys, are not expected.
func (k k8s) draft(names Namer) func(context.Context, check.Site, string, k8sArgs) (check.Draft, error) {
	return func(ctx context.Context, at check.Site, target string, a k8sArgs) (check.Draft, error) {
		var d check.Draft
		if k.cluster == nil || names == nil {
			return d, errNoCluster
		}
		word, name, _ := strings.Cut(target, "/")
		if set := a.Selector+a.FieldSelector != ""; word == "" || (name == "") != set || strings.Contains(name, "/") || a.Objects != nil || a.Kind != "" {
			if set {
				return d, &check.BadTarget{Reason: fmt.Sprintf("%q is no set: write KIND alone beside a selector, such as pods", target)}
			}
			return d, &check.BadTarget{Reason: fmt.Sprintf("%q is no object: write KIND/NAME, such as deployment/web, or KIND and -l LABELS", target)}
		}
		r, err := names.Named(ctx, at.Cluster, word)
		if err != nil {
			return d, err
		}
		a.Kind, a.Name, a.APIVersion = r.Kind, name, r.Version
		if r.Group != "" {
			a.APIVersion = r.Group + "/" + r.Version
		}
		if !r.Namespaced && a.Namespace != "" {
			return d, &check.BadTarget{Reason: fmt.Sprintf("a %s lives in no namespace: leave it out", a.Kind)}
		}
		seen, err := k.read(ctx, at, a.k8sRef)
		if err != nil {
			return d, err
		}
		if len(seen.Objects) == 0 {
			q := &inquiry{k: k, at: at}
			q.missing(ctx, a.k8sRef, seen)
			return d, unfit(strings.Join(append([]string{sawOf(a.k8sRef, seen)}, q.lines...), "; "))
		}
		if name == "" {
			k.draftSet(ctx, &d, r, at, a, seen)
			return d, nil
		}
		o := seen.Objects[0]
		if err := lasting(o); err != nil {
			return d, err
		}
		d.Add("apiVersion", a.APIVersion)
		d.Add("kind", a.Kind)
		if r.Namespaced && at.Namespace == "" {
			d.Add("namespace", objString(o, "metadata", "namespace"))
		}
		d.Add("name", name)
		k.expect(ctx, at, &d, o)
		return d, nil
	}
}

// lasting refuses an object that will soon be another one.
func lasting(o Object) error {
	if objString(o, "metadata", "deletionTimestamp") != "" {
		return unfit(code(objName(o)) + " is being deleted")
	}
	owner := objOwner(o)
	if owner != "" && slices.Contains([]string{"Pod", "ReplicaSet", "Job", "ControllerRevision"}, objString(o, "kind")) {
		return unfit(fmt.Sprintf("%s belongs to %s, which makes another one in its place: add %s", code(objName(o)), owner, strings.ToLower(owner)))
	}
	return nil
}

// expect adds what of an object people chose.
func (k k8s) expect(ctx context.Context, at check.Site, d *check.Draft, o Object) {
	kind := objString(o, "kind")
	switch kind {
	case "Secret", "ConfigMap":
		if kind == "Secret" && objString(o, "type") != "" {
			d.Add("match", map[string]any{"type": objString(o, "type")})
		}
		for _, key := range sortedKeys(objMap(o, "data")) {
			if isShown(key) {
				d.Assert = append(d.Assert, fmt.Sprintf("%q in self.data", key))
			}
		}
		return
	case "Role", "ClusterRole", "ServiceAccount", "NetworkPolicy":
		return
	}
	switch fault := checkReady(o); {
	case fault == "" && objAt(o, "status") != nil:
		d.Add("ready", true)
	case fault != "":
		d.Notes = append(d.Notes, "ready is not expected: "+fault)
	}
	match := k.chosen(o)
	if objAt(match, "spec", "replicas") != nil && k.scaled(ctx, at, o) {
		withoutReplicas(match)
		d.Notes = append(d.Notes, "replicas are not expected: an autoscaler sets them")
	}
	if len(match) > 0 {
		d.Add("match", match)
	}
}

// chosen are the parts of an object that people chose.
func (k8s) chosen(o Object) map[string]any {
	kind, match := objString(o, "kind"), map[string]any{}
	switch kind {
	case "Secret", "ConfigMap", "Role", "ClusterRole", "ServiceAccount", "NetworkPolicy":
		return match
	}
	for _, path := range chosenPaths[kind] {
		take(match, o, strings.Split(path, ".")...)
	}
	if containers := containersOf(kind, o); containers != nil {
		put(match, containers, append(podPath(kind), "containers")...)
	}
	if ports := servicePorts(o); kind == "Service" && len(ports) > 0 {
		put(match, ports, "spec", "ports")
	}
	return match
}

func withoutReplicas(match map[string]any) {
	if spec := objMap(match, "spec"); spec != nil {
		delete(spec, "replicas")
		if len(spec) == 0 {
			delete(match, "spec")
		}
	}
}

// chosenPaths are what people chose of well-known kinds, beside containers and ports.
var chosenPaths = map[string][]string{
	"Deployment":              {"spec.replicas"},
	"StatefulSet":             {"spec.replicas", "spec.serviceName"},
	"Service":                 {"spec.type", "spec.selector"},
	"CronJob":                 {"spec.schedule", "spec.suspend", "spec.timeZone"},
	"PersistentVolumeClaim":   {"spec.storageClassName", "spec.accessModes"},
	"Ingress":                 {"spec.ingressClassName", "spec.rules", "spec.tls"},
	"Namespace":               {"status.phase"},
	"HorizontalPodAutoscaler": {"spec.minReplicas", "spec.maxReplicas"},
	"RoleBinding":             {"roleRef", "subjects"},
	"ClusterRoleBinding":      {"roleRef", "subjects"},
	"Certificate":             {"spec.secretName", "spec.dnsNames", "spec.issuerRef"},
}

// podPath is where a kind has the spec of its pods.
func podPath(kind string) []string {
	switch kind {
	case "Deployment", "StatefulSet", "DaemonSet", "Job":
		return []string{"spec", "template", "spec"}
	case "CronJob":
		return []string{"spec", "jobTemplate", "spec", "template", "spec"}
	case "Pod":
		return []string{"spec"}
	}
	return nil
}

// containersOf are the containers of a workload: their names and images. Their variables and arguments may hold secrets.
func containersOf(kind string, o Object) []any {
	path := podPath(kind)
	if path == nil {
		return nil
	}
	var out []any
	for _, c := range objList(o, append(path, "containers")...) {
		if name, image := objString(c, "name"), objString(c, "image"); isShown(name) && isShown(image) {
			out = append(out, map[string]any{"name": name, "image": image})
		}
	}
	return out
}

// servicePorts are the ports of a Service, without those that were handed out on the nodes.
func servicePorts(o Object) []any {
	var out []any
	for _, p := range objList(o, "spec", "ports") {
		port := map[string]any{}
		for _, key := range []string{"name", "port", "targetPort", "protocol"} {
			if v := objAt(p, key); v != nil && v != "TCP" {
				port[key] = v
			}
		}
		out = append(out, port)
	}
	return out
}

// scaled tells whether an autoscaler sets how many replicas an object has. Where that cannot be told, it is assumed not.
func (k k8s) scaled(ctx context.Context, at check.Site, o Object) bool {
	seen, err := k.cluster.Read(ctx, at.Cluster, Query{APIVersion: "autoscaling/v2", Kind: "HorizontalPodAutoscaler", Namespace: objString(o, "metadata", "namespace")})
	var none *NoKind
	if err != nil && !errors.As(err, &none) {
		return false
	}
	return slices.ContainsFunc(seen.Objects, func(h Object) bool {
		ref := objMap(h, "spec", "scaleTargetRef")
		return objString(ref, "kind") == objString(o, "kind") && objString(ref, "name") == objString(o, "metadata", "name")
	})
}

// take copies what is at a path, where it can stand in a plan.
func take(into map[string]any, o Object, path ...string) {
	if v := objAt(o, path...); v != nil && canStand(v) {
		put(into, v, path...)
	}
}

// put puts a value at a path.
func put(into map[string]any, v any, path ...string) {
	for _, key := range path[:len(path)-1] {
		next, ok := into[key].(map[string]any)
		if !ok {
			next = map[string]any{}
			into[key] = next
		}
		into = next
	}
	into[path[len(path)-1]] = v
}

// canStand tells whether all of a value can stand in a plan.
func canStand(v any) bool {
	switch x := v.(type) {
	case string:
		return isShown(x)
	case []any:
		return len(x) > 0 && len(x) <= 20 && !slices.ContainsFunc(x, func(v any) bool { return !canStand(v) })
	case map[string]any:
		for key, v := range x {
			if !isShown(key) || !canStand(v) {
				return false
			}
		}
		return len(x) > 0
	}
	return true
}
