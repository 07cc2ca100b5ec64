// Package rbac makes of rights the least roles that give them, as the RBAC of Kubernetes has roles.
// It knows no cluster and no step, and imports the standard library only.
package rbac

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Right is what somebody needs to be allowed.
type Right struct {
	Group     string // of the API; "" for the core
	Resource  string // the plural, with its subresource behind a slash
	Verbs     []string
	Namespace string   // "": all of them, or none for resources without
	Names     []string // of the only objects; none: all of them
}

// Rule is a rule of a role.
type Rule struct {
	APIGroups     []string `json:"apiGroups" doc:"the API groups"`
	Resources     []string `json:"resources" doc:"the resources"`
	ResourceNames []string `json:"resourceNames,omitempty" doc:"only objects of these names"`
	Verbs         []string `json:"verbs" doc:"what is done with them"`
}

// Role is a Role, or the ClusterRole where Namespace is empty.
type Role struct {
	Namespace string
	Rules     []Rule
}

// Roles returns the least roles with these rights: the cluster's first, then by namespace. What the cluster's role gives
// is in no other one, and what is given for all objects is not given again for some.
func Roles(rights []Right) []Role {
	all := map[string]grants{}
	for _, r := range rights {
		if all[r.Namespace] == nil {
			all[r.Namespace] = grants{}
		}
		all[r.Namespace].add(r)
	}
	var out []Role
	for _, ns := range slices.Sorted(maps.Keys(all)) {
		g := all[ns]
		if ns != "" {
			g = g.without(all[""])
		}
		if rules := g.rules(); len(rules) > 0 {
			out = append(out, Role{Namespace: ns, Rules: rules})
		}
	}
	return out
}

// object is what a grant is for; without a name it is all objects of the resource.
type object struct{ group, resource, name string }

// grants are the verbs that are allowed for objects.
type grants map[object]map[string]bool

func (g grants) add(r Right) {
	names := r.Names
	if len(names) == 0 {
		names = []string{""}
	}
	for _, name := range names {
		o := object{r.Group, r.Resource, name}
		if g[o] == nil {
			g[o] = map[string]bool{}
		}
		for _, v := range r.Verbs {
			g[o][v] = true
		}
	}
}

// without returns g without what the cluster's role allows for all objects.
func (g grants) without(cluster grants) grants {
	out := grants{}
	for o, verbs := range g {
		for v := range verbs {
			if !cluster[object{o.group, o.resource, ""}][v] {
				out.add(Right{Group: o.group, Resource: o.resource, Verbs: []string{v}, Names: []string{o.name}})
			}
		}
	}
	return out
}

// rules writes grants in as few rules as can be read: resources of a group with the same verbs are one, and so are
// objects of a resource.
func (g grants) rules() []Rule {
	whole, some := map[key]*Rule{}, map[key]*Rule{}
	for o, verbs := range g {
		left := map[string]bool{}
		for v := range verbs {
			if o.name == "" || !g[object{o.group, o.resource, ""}][v] {
				left[v] = true
			}
		}
		if len(left) == 0 {
			continue
		}
		list := slices.SortedFunc(maps.Keys(left), byUse)
		if o.name == "" {
			k := key{o.group, "", strings.Join(list, " ")}
			if whole[k] == nil {
				whole[k] = &Rule{APIGroups: []string{o.group}, Verbs: list}
			}
			whole[k].Resources = append(whole[k].Resources, o.resource)
			continue
		}
		k := key{o.group, o.resource, strings.Join(list, " ")}
		if some[k] == nil {
			some[k] = &Rule{APIGroups: []string{o.group}, Resources: []string{o.resource}, Verbs: list}
		}
		some[k].ResourceNames = append(some[k].ResourceNames, o.name)
	}
	var out []Rule
	for _, set := range []map[key]*Rule{whole, some} {
		for _, r := range set {
			slices.Sort(r.Resources)
			slices.Sort(r.ResourceNames)
			out = append(out, *r)
		}
	}
	slices.SortFunc(out, func(a, b Rule) int {
		return cmp.Or(slices.Compare(a.APIGroups, b.APIGroups), slices.Compare(a.Resources, b.Resources), slices.Compare(a.ResourceNames, b.ResourceNames), slices.Compare(a.Verbs, b.Verbs))
	})
	return out
}

// key is what rules are merged by.
type key struct{ group, resource, verbs string }

var order = []string{"get", "list", "watch", "create", "update", "patch", "delete"}

// byUse sorts verbs as people write them.
func byUse(a, b string) int {
	i, j := slices.Index(order, a), slices.Index(order, b)
	switch {
	case i >= 0 && j >= 0:
		return i - j
	case i >= 0:
		return -1
	case j >= 0:
		return 1
	}
	return cmp.Compare(a, b)
}
