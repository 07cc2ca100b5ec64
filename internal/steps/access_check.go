package steps

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// The verbs that Kubernetes itself knows; others may be known to those who extend it.
// https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
var (
	commonVerbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
	accessVerbs = append([]string{"*", "use", "bind", "escalate", "impersonate", "approve", "sign", "attest"}, commonVerbs...)
)

var pathVerbs = []string{"*", "get", "post", "put", "patch", "delete", "head", "options"}

// accessCheck finds mistakes that need no cluster.
func accessCheck(a accessArgs) (out []check.Problem) {
	bad := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	if len(a.Verb) == 0 {
		bad("verb is empty", "such as get", "verb")
	}
	known := accessVerbs
	if a.Path != "" {
		known = pathVerbs
	}
	for i, v := range a.Verb {
		switch {
		case slices.Contains(known, v):
		case strings.TrimSpace(v) == "" || strings.ToLower(v) != v || a.Path != "":
			bad(fmt.Sprintf("%q is no verb", v), cmp.Or(diag.DidYouMean(v, known), "such as get"), "verb", i)
		case diag.DidYouMean(v, known) != "":
			bad(fmt.Sprintf("%q is no verb", v), diag.DidYouMean(v, known), "verb", i)
		}
	}
	out = append(out, a.checkWho()...)
	switch {
	case a.Path == "" && len(a.Resource) == 0:
		bad("resource is missing", "such as secrets or deployments.apps")
	case a.Path != "" && (a.Resource != nil || a.Name != "" || a.Namespace != "" || a.AllNamespaces):
		bad("a nonResourceURL has no resource, name or namespace", "leave them out", "nonResourceURL")
	case a.Path != "" && !strings.HasPrefix(a.Path, "/"):
		bad("a nonResourceURL begins with /", "", "nonResourceURL")
	}
	for i, r := range a.Resource {
		if r == "" || strings.ContainsAny(r, " \t\n") || strings.Count(r, "/") > 1 {
			bad(fmt.Sprintf("%q is no resource", r), "PLURAL[.GROUP][/SUBRESOURCE], such as secrets, deployments.apps, pods/log", "resource", i)
		}
	}
	if a.Namespace != "" && a.AllNamespaces {
		bad("namespace and allNamespaces exclude each other", "", "allNamespaces")
	}
	return out
}

func (a accessArgs) checkWho() (out []check.Problem) {
	if ns, name, ok := a.serviceAccount(); strings.HasPrefix(a.As, serviceAccount) && (!ok || ns == "" || name == "" || strings.Contains(name, ":")) {
		out = append(out, problem(fmt.Sprintf("%q is no service account", a.As), serviceAccount+"NAMESPACE:NAME", "as"))
	} else if strings.HasPrefix(a.As, "serviceaccount") || strings.HasPrefix(a.As, "system:serviceaccounts") {
		out = append(out, problem(fmt.Sprintf("%q is no user", a.As), serviceAccount+"NAMESPACE:NAME", "as"))
	}
	if i := slices.Index(a.Groups, ""); i >= 0 {
		out = append(out, problem("the group is empty", "", "groups", i))
	}
	return out
}
