package view

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/rbac"
)

// RightsOptions say how roles are written.
type RightsOptions struct {
	Role string // what the roles are called
	For  string // the user or service account that they are bound to; "" for nobody
}

const serviceAccount = "system:serviceaccount:"

// Rights writes roles as YAML, a set of documents for each cluster.
func Rights(w io.Writer, r app.Rights, o RightsOptions) error {
	var b strings.Builder
	if len(r.Clusters)+len(r.Incomplete) == 0 {
		b.WriteString("# No step looks at a cluster.\n")
	}
	for _, c := range r.Clusters {
		fmt.Fprintf(&b, "---\n# cluster %s\n", cmp.Or(comment(c.Name), "that the kubeconfig has as its default"))
		for _, n := range c.Notes {
			fmt.Fprintf(&b, "# %s\n", comment(n))
		}
		if len(c.Roles) == 0 {
			b.WriteString("# Everybody may do what its steps do.\n")
		}
		for i, role := range c.Roles {
			if i > 0 {
				b.WriteString("---\n")
			}
			writeRole(&b, role, o.Role)
			if o.For != "" {
				writeBinding(&b, role, o)
			}
		}
	}
	for _, line := range r.Incomplete {
		fmt.Fprintf(&b, "# not told: %s\n", comment(line))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// comment is a text that a comment can hold.
func comment(s string) string { return strings.Join(strings.Fields(Safe(s)), " ") }

func roleKind(r rbac.Role) string {
	if r.Namespace == "" {
		return "ClusterRole"
	}
	return "Role"
}

func writeRole(b *strings.Builder, r rbac.Role, name string) {
	fmt.Fprintf(b, "apiVersion: rbac.authorization.k8s.io/v1\nkind: %s\nmetadata: {%s}\nrules:\n", roleKind(r), metadata(r, name))
	for _, rule := range r.Rules {
		fmt.Fprintf(b, "  - apiGroups: %s\n    resources: %s\n", flow(rule.APIGroups), flow(rule.Resources))
		if len(rule.ResourceNames) > 0 {
			fmt.Fprintf(b, "    resourceNames: %s\n", flow(rule.ResourceNames))
		}
		fmt.Fprintf(b, "    verbs: %s\n", flow(rule.Verbs))
	}
}

func metadata(r rbac.Role, name string) string {
	s := "name: " + scalar(name)
	if r.Namespace != "" {
		s += ", namespace: " + scalar(r.Namespace)
	}
	return s
}

func writeBinding(b *strings.Builder, r rbac.Role, o RightsOptions) {
	fmt.Fprintf(b, "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: %sBinding\nmetadata: {%s}\n", roleKind(r), metadata(r, o.Role))
	fmt.Fprintf(b, "roleRef: {apiGroup: rbac.authorization.k8s.io, kind: %s, name: %s}\n", roleKind(r), scalar(o.Role))
	if ns, name, ok := subject(o.For); ok {
		fmt.Fprintf(b, "subjects: [{kind: ServiceAccount, name: %s, namespace: %s}]\n", scalar(name), scalar(ns))
		return
	}
	fmt.Fprintf(b, "subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]\n", scalar(o.For))
}

// subject reads the name that a service account has as a user.
func subject(user string) (namespace, name string, ok bool) {
	rest, ok := strings.CutPrefix(user, serviceAccount)
	namespace, name, two := strings.Cut(rest, ":")
	return namespace, name, ok && two
}

func flow(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = scalar(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// scalar writes a name, in quotes where YAML could read it as something else.
func scalar(s string) string {
	plain := strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") == ""
	switch strings.ToLower(s) {
	case "", "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		plain = false
	}
	if plain && strings.Trim(s, "0123456789.-/e") != "" {
		return s
	}
	return strconv.Quote(s)
}

type rightsJSON struct {
	header
	Role       string              `json:"role" doc:"the name of the roles"`
	For        string              `json:"for" doc:"who they are bound to; empty for nobody"`
	Clusters   []clusterRightsJSON `json:"clusters" doc:"what is needed in each cluster"`
	Incomplete []string            `json:"incomplete" doc:"what could not be told before it is looked at"`
}

type roleJSON struct {
	Kind      string      `json:"kind" doc:"Role or ClusterRole"`
	Namespace string      `json:"namespace" doc:"its namespace; empty for a ClusterRole"`
	Rules     []rbac.Rule `json:"rules" doc:"what it allows"`
}

type clusterRightsJSON struct {
	Cluster string     `json:"cluster" doc:"its name; empty for the default one"`
	Roles   []roleJSON `json:"roles" doc:"the least roles with which the steps can look"`
	Notes   []string   `json:"notes" doc:"what is worth knowing of them"`
}

// RightsJSON is what the roles allow as a document.
func RightsJSON(r app.Rights, o RightsOptions) ([]byte, error) {
	return marshal(rightsJSON{head("Rights"), o.Role, o.For, each(r.Clusters, func(c app.ClusterRights) clusterRightsJSON {
		return clusterRightsJSON{c.Name, each(c.Roles, func(role rbac.Role) roleJSON {
			return roleJSON{roleKind(role), role.Namespace, role.Rules}
		}), all(c.Notes)}
	}), all(r.Incomplete)})
}
