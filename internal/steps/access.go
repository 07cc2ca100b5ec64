package steps

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// accessArgs are the fields of an access step.
type accessArgs struct {
	As            string   `yaml:"as" doc:"a user, or system:serviceaccount:NAMESPACE:NAME; without it and groups, whoever runs this"`
	Groups        []string `yaml:"groups" doc:"groups of the user; those that every user or service account is in come by themselves"`
	Verb          []string `yaml:"verb" required:"true" doc:"what to do, such as get or create; of several, each; * is everything at once"`
	Resource      []string `yaml:"resource" doc:"the plural, with its group and subresource: secrets, deployments.apps, pods/log; of several, each; * is everything at once"`
	Name          string   `yaml:"name" doc:"one object; else all of them"`
	Namespace     string   `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	AllNamespaces bool     `yaml:"allNamespaces" doc:"in all namespaces at once"`
	Path          string   `yaml:"nonResourceURL" doc:"a path of the API instead of a resource, such as /metrics"`
	Allowed       bool     `yaml:"allowed" doc:"whether it is to be allowed; of several, all of them or none"`
}

// accessSelf is what an access step saw.
type accessSelf struct {
	User    string         `json:"user" doc:"about whom; empty for whoever ran this"`
	Groups  []string       `json:"groups" doc:"with those that come by themselves"`
	Answers []accessAnswer `json:"answers" doc:"one for each verb and resource"`
}

type accessAnswer struct {
	Verb      string `json:"verb" doc:"as asked"`
	Resource  string `json:"resource" doc:"with its group and subresource, or the path"`
	Namespace string `json:"namespace" doc:"empty for all, or for none"`
	Allowed   bool   `json:"allowed" doc:"what the server says"`
	Reason    string `json:"reason" doc:"why, as the server words it"`
}

// access asks a cluster who may do what.
type access struct {
	rights  Reviewer
	cluster Cluster
}

// accessKind asks the server's own authorizers, by SubjectAccessReview or SelfSubjectAccessReview.
//
// Nobody may do anything to what does not exist, so a name that the server does not know proves nothing: a resource,
// a verb of a resource, and, where nothing is to be allowed, a namespace and a service account are looked up.
func accessKind(d Deps) check.Kind {
	k := access{d.Rights, d.Cluster}
	return check.Define(check.Spec[accessArgs]{
		Name:    "access",
		Doc:     "Expect a user or a service account to be allowed to do something in a cluster, or not to be.",
		Example: `access: {as: "system:serviceaccount:web:default", verb: [get, list], resource: secrets, namespace: databases, allowed: false}`,
		Default: accessArgs{Allowed: true},
		Self:    accessSelf{},
		Caps:    []check.Capability{check.ClusterRead},
		Check:   accessCheck,
		Target:  accessArgs.target,
		RulesAt: k.rules,
		Look:    k.look,
	})
}

const serviceAccount = "system:serviceaccount:"

// serviceAccount returns whose user name As is; false where it is no service account's.
func (a accessArgs) serviceAccount() (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(a.As, serviceAccount)
	namespace, name, two := strings.Cut(rest, ":")
	return namespace, name, ok && two
}

// groups are those given and those that every such user is in: an authenticator adds them, a review does not.
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/
func (a accessArgs) groups() []string {
	if a.As == "" && len(a.Groups) == 0 {
		return []string{}
	}
	out := slices.Clone(a.Groups)
	if ns, _, ok := a.serviceAccount(); ok {
		out = append(out, "system:serviceaccounts", "system:serviceaccounts:"+ns)
	}
	if a.As == "system:anonymous" {
		out = append(out, "system:unauthenticated")
	} else if !slices.Contains(out, "system:unauthenticated") {
		out = append(out, "system:authenticated")
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (a accessArgs) who() string {
	switch {
	case a.As != "":
		return a.As
	case len(a.Groups) > 0:
		return "a member of " + strings.Join(a.Groups, ", ")
	}
	return "this user"
}

func (a accessArgs) target() string {
	what := strings.Join(a.Resource, ", ")
	if a.Name != "" {
		what += " " + a.Name
	}
	s := a.who() + " " + may(a.Allowed) + " " + strings.Join(a.Verb, ", ") + " " + cmp.Or(a.Path, what)
	if a.Namespace != "" {
		s += " in " + a.Namespace
	}
	return s
}

func may(allowed bool) string {
	if allowed {
		return "may"
	}
	return "may not"
}

// rules are the rights to ask, and to see whether what is asked about is there. Everybody may ask about themselves.
func (k access) rules(_ context.Context, at check.Site, a accessArgs) (out []check.Rule, err error) {
	if a.As != "" || len(a.Groups) > 0 {
		out = append(out, check.Rule{Verbs: []string{"create"}, APIVersion: "authorization.k8s.io/v1", Kind: "SubjectAccessReview"})
	}
	if ns, name, ok := a.serviceAccount(); ok && !a.Allowed {
		out = append(out, check.Rule{Verbs: []string{"get"}, APIVersion: "v1", Kind: "ServiceAccount", Namespace: ns, Names: []string{name}})
	}
	if !a.Allowed && !a.AllNamespaces && a.Path == "" {
		ns := cmp.Or(a.Namespace, at.Namespace)
		if ns == "" && k.rights != nil {
			ns, _ = k.rights.ContextNamespace(at.Cluster)
		}
		out = append(out, check.Rule{Verbs: []string{"get"}, APIVersion: "v1", Kind: "Namespace", Names: []string{cmp.Or(ns, "default")}})
	}
	return out, nil
}
