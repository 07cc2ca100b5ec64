package steps

import (
	"fmt"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// splitCondition reads TYPE or TYPE=STATUS.
func splitCondition(s string) (kind, want string) {
	kind, want, ok := strings.Cut(s, "=")
	if !ok {
		want = "True"
	}
	for _, known := range []string{"True", "False", "Unknown"} {
		if strings.EqualFold(want, known) {
			want = known
		}
	}
	return kind, want
}

// findCondition returns the condition of that type; nil where it is not set. Upper and lower case are the same,
// as they are to kubectl wait.
func findCondition(o Object, kind string) map[string]any {
	for _, c := range objList(o, "status", "conditions") {
		if strings.EqualFold(objString(c, "type"), kind) {
			return objMap(c)
		}
	}
	return nil
}

// conditionText is Ready=False: Issuing: Order is pending. Of a condition that is True the reason is no news.
func conditionText(c map[string]any) string {
	s := objString(c, "type") + "=" + objString(c, "status")
	if objString(c, "status") == "True" {
		return s
	}
	for _, more := range []string{objString(c, "reason"), stable(objString(c, "message"))} {
		if more != "" {
			s += ": " + more
		}
	}
	return s
}

// checkCondition returns what is wrong with a condition; "" where it is as wanted and about the present generation.
// https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#typical-status-properties
func checkCondition(o Object, wanted string) string {
	kind, want := splitCondition(wanted)
	c := findCondition(o, kind)
	if c == nil {
		return kind + " is not set yet"
	}
	text := conditionText(c)
	if objString(c, "status") != want {
		return text
	}
	if old := staleness(o, c); old != "" {
		return text + ", but " + old
	}
	return ""
}

// staleness tells where the status is about an older generation of the object than the present one.
func staleness(o Object, c map[string]any) string {
	now, ok := objInt(o, "metadata", "generation")
	if !ok {
		return ""
	}
	for _, about := range []any{c, objMap(o, "status")} {
		if seen, ok := objInt(about, "observedGeneration"); ok && seen < now {
			return fmt.Sprintf("about generation %d, and the object is at %d", seen, now)
		}
	}
	return ""
}

// checkReady returns what an object's controller has left to do; "" where it is done, after the rules of kstatus,
// https://pkg.go.dev/github.com/fluxcd/cli-utils/pkg/kstatus. To kstatus an object without status is done;
// of a kind that is not Kubernetes' own that proves nothing, as its controller may not have seen it.
func checkReady(o Object) string {
	if objString(o, "metadata", "deletionTimestamp") != "" {
		return "is being deleted"
	}
	if objAt(o, "status") == nil && !ownGroup(objString(o, "apiVersion")) {
		return "has no status: nothing says that it is ready"
	}
	r, err := status.Compute(&unstructured.Unstructured{Object: o})
	switch {
	case err != nil:
		return "not to be understood: " + err.Error()
	case r.Status == status.CurrentStatus && failedPod(o): // to kstatus it is done
		return "has failed"
	case r.Status == status.CurrentStatus:
		return ""
	case objString(o, "kind") == "Pod": // a message that changes while it crashes and waits in turn
		return "is not ready"
	case r.Message != "":
		return string(r.Status) + ": " + stable(r.Message)
	}
	return string(r.Status)
}

// failedPod tells whether o is a pod whose containers have ended, not all of them well.
func failedPod(o Object) bool {
	return objString(o, "apiVersion") == "v1" && objString(o, "kind") == "Pod" && objString(o, "status", "phase") == "Failed"
}

// ownGroup tells whether a group belongs to Kubernetes itself.
func ownGroup(apiVersion string) bool {
	group, _, ok := strings.Cut(apiVersion, "/")
	return !ok || !strings.Contains(group, ".") || strings.HasSuffix(group, ".k8s.io")
}
