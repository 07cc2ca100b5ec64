package steps

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// withoutNamespace are well-known kinds that live in no namespace, by group.
var withoutNamespace = map[string][]string{
	"":                             {"Namespace", "Node", "PersistentVolume"},
	"rbac.authorization.k8s.io":    {"ClusterRole", "ClusterRoleBinding"},
	"storage.k8s.io":               {"StorageClass", "CSIDriver", "CSINode", "VolumeAttachment"},
	"networking.k8s.io":            {"IngressClass"},
	"scheduling.k8s.io":            {"PriorityClass"},
	"apiextensions.k8s.io":         {"CustomResourceDefinition"},
	"admissionregistration.k8s.io": {"ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"},
	"cert-manager.io":              {"ClusterIssuer"},
	"gateway.networking.k8s.io":    {"GatewayClass"},
	"authorization.k8s.io":         {"SubjectAccessReview", "SelfSubjectAccessReview"},
	"apiregistration.k8s.io":       {"APIService"},
}

// WithoutNamespace tells of well-known kinds that live in no namespace.
func WithoutNamespace(apiVersion, kind string) bool {
	group, _, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group = ""
	}
	return slices.Contains(withoutNamespace[group], kind)
}

// k8sCheck finds mistakes that need no cluster.
func k8sCheck(a k8sArgs) []check.Problem {
	if a.Objects == nil {
		return append(checkRef(a.k8sRef), a.checkExpectations()...)
	}
	var out []check.Problem
	if a.k8sRef != (k8sRef{}) || a.Absent || a.Ready || a.Count != nil || a.Condition != nil || a.Match != nil {
		out = append(out, problem("say what is expected of objects in assert, and where they are in each of them", "", "objects"))
	}
	if len(a.Objects) == 0 {
		out = append(out, problem("objects is empty", "", "objects"))
	}
	for _, name := range slices.Sorted(maps.Keys(a.Objects)) {
		for _, p := range checkRef(a.Objects[name]) {
			p.Path = append([]any{"objects", name}, p.Path...)
			out = append(out, p)
		}
	}
	return out
}

func problem(message, hint string, path ...any) check.Problem {
	return check.Problem{Path: path, Message: message, Hint: hint}
}

func checkRef(r k8sRef) []check.Problem {
	var out []check.Problem
	add := func(p check.Problem) { out = append(out, p) }
	if r.APIVersion == "" {
		add(problem("apiVersion is missing", "group and version, such as v1 or apps/v1"))
	} else if strings.Count(r.APIVersion, "/") > 1 || strings.HasPrefix(r.APIVersion, "/") || strings.HasSuffix(r.APIVersion, "/") {
		add(problem(fmt.Sprintf("%q is no apiVersion", r.APIVersion), "group/version, such as apps/v1", "apiVersion"))
	}
	if r.Kind == "" {
		add(problem("kind is missing", "such as Deployment"))
	}
	if r.Name != "" && r.Selector+r.FieldSelector != "" {
		add(problem("name is one object, selector and fieldSelector are a set", "leave one out", "name"))
	}
	if r.Name != "" && r.AllNamespaces {
		add(problem("name is one object: say its namespace", `fieldSelector: "metadata.name=…" finds it in all`, "allNamespaces"))
	}
	if r.Namespace != "" && r.AllNamespaces {
		add(problem("namespace and allNamespaces exclude each other", "", "allNamespaces"))
	}
	if r.Namespace != "" && WithoutNamespace(r.APIVersion, r.Kind) {
		add(problem(fmt.Sprintf("a %s lives in no namespace", r.Kind), "leave namespace out", "namespace"))
	}
	if _, err := labels.Parse(r.Selector); err != nil {
		add(problem("no selector: "+err.Error(), "such as app=web,tier!=db", "selector"))
	}
	if _, err := fields.ParseSelector(r.FieldSelector); err != nil {
		add(problem("no field selector: "+err.Error(), "such as metadata.name=web", "fieldSelector"))
	}
	return out
}

func (a k8sArgs) checkExpectations() []check.Problem {
	var out []check.Problem
	add := func(p check.Problem) { out = append(out, p) }
	if a.Absent && (a.Ready || a.Count != nil || a.Condition != nil || a.Match != nil) {
		add(problem("what is absent can be nothing else", "leave out count, condition, ready and match", "absent"))
	}
	if a.Count != nil && a.single() {
		add(problem("count is for sets, name is one object", "leave one out", "count"))
	}
	if a.Count != nil && *a.Count < 0 {
		add(problem("count cannot be negative", "", "count"))
	}
	for i, c := range a.Condition {
		if kind, status := splitCondition(c); kind == "" || !slices.Contains([]string{"True", "False", "Unknown"}, status) {
			add(problem(fmt.Sprintf("%q is no condition", c), "TYPE, TYPE=True, TYPE=False or TYPE=Unknown", "condition", i))
		}
	}
	return out
}
