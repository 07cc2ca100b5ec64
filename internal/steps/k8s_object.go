package steps

import (
	"fmt"
	"strings"
)

// objAt returns what is at a path of keys; nil where there is nothing.
func objAt(o any, path ...string) any {
	for _, key := range path {
		m, ok := o.(map[string]any)
		if !ok {
			return nil
		}
		o = m[key]
	}
	return o
}

func objString(o any, path ...string) string {
	s, _ := objAt(o, path...).(string)
	return s
}

func objInt(o any, path ...string) (int64, bool) {
	i, ok := objAt(o, path...).(int64)
	return i, ok
}

func objList(o any, path ...string) []any {
	l, _ := objAt(o, path...).([]any)
	return l
}

func objMap(o any, path ...string) map[string]any {
	m, _ := objAt(o, path...).(map[string]any)
	return m
}

// objName is what findings call an object: Deployment/web. A name that was generated is shortened to what was
// chosen, and says whose it is: Pod/web-… (of Deployment/web).
func objName(o Object) string {
	s := objString(o, "kind") + "/" + chosenName(o)
	if owner := objOwner(o); owner != "" && objString(o, "metadata", "generateName") != "" {
		return s + " (of " + owner + ")"
	}
	return s
}

// chosenName is the part of an object's name that somebody chose, and … for the rest.
func chosenName(o Object) string {
	base := objString(o, "metadata", "generateName")
	switch owner := objOwner(o); {
	case base == "":
		return objString(o, "metadata", "name")
	case owner != "":
		_, base, _ = strings.Cut(owner, "/")
	}
	return strings.TrimSuffix(base, "-") + "-…"
}

// objOwner returns the controller of an object: of a pod of a ReplicaSet of a Deployment that is Deployment/NAME,
// whose name is the ReplicaSet's less the hash of the template.
func objOwner(o Object) string {
	for _, r := range objList(o, "metadata", "ownerReferences") {
		if objAt(r, "controller") != true {
			continue
		}
		kind, name := objString(r, "kind"), objString(r, "name")
		hash := objString(o, "metadata", "labels", "pod-template-hash")
		if base, ok := strings.CutSuffix(name, "-"+hash); ok && hash != "" && kind == "ReplicaSet" {
			return "Deployment/" + base
		}
		return kind + "/" + name
	}
	return ""
}

// objHeadline is what people look at first in an object, of facts that do not change while it does not.
func objHeadline(o Object) string {
	switch kind := objString(o, "kind"); kind {
	case "Secret":
		return secretHeadline(o)
	case "Deployment", "StatefulSet", "ReplicaSet":
		want, _ := objInt(o, "spec", "replicas")
		ready, _ := objInt(o, "status", "readyReplicas")
		return fmt.Sprintf("%d of %d ready", ready, want)
	case "DaemonSet":
		want, _ := objInt(o, "status", "desiredNumberScheduled")
		ready, _ := objInt(o, "status", "numberReady")
		return fmt.Sprintf("%d of %d ready", ready, want)
	case "Service":
		return serviceHeadline(o)
	case "Certificate":
		return strings.TrimPrefix(mainCondition(o)+certificateUntil(o), ", ")
	}
	if phase := objString(o, "status", "phase"); phase != "" {
		return phase
	}
	return mainCondition(o)
}

// mainCondition is the condition that sums up an object's state, after the names that the API conventions
// recommend and that are widely used; "" where it has none.
func mainCondition(o Object) string {
	for _, kind := range []string{"Ready", "Available", "Complete", "Failed", "Established", "Accepted", "Programmed", "Healthy", "Synced"} {
		if c := findCondition(o, kind); c != nil {
			return conditionText(c)
		}
	}
	return ""
}

func serviceHeadline(o Object) string {
	s := objString(o, "spec", "type")
	for _, i := range objList(o, "status", "loadBalancer", "ingress") {
		s += " " + objString(i, "ip") + objString(i, "hostname")
	}
	return s
}

// certificateUntil is until when a cert-manager Certificate holds.
func certificateUntil(o Object) string {
	if t := objString(o, "status", "notAfter"); len(t) >= len("2006-01-02") && strings.HasPrefix(objString(o, "apiVersion"), "cert-manager.io/") {
		return ", until " + t[:len("2006-01-02")]
	}
	return ""
}
