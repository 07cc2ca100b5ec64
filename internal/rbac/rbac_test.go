package rbac

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestRoles(t *testing.T) {
	get := []string{"get"}
	for _, tt := range []struct {
		name   string
		rights []Right
		want   string
	}{
		{"None", nil, `null`},
		{
			"NamesOfOneResource",
			[]Right{{"", "secrets", get, "web", []string{"b"}}, {"", "secrets", get, "web", []string{"a"}}},
			`[{"Namespace":"web","Rules":[{"apiGroups":[""],"resources":["secrets"],"resourceNames":["a","b"],"verbs":["get"]}]}]`,
		},
		{
			"AllCoverSome",
			[]Right{{"apps", "deployments", []string{"list", "get"}, "web", nil}, {"apps", "deployments", get, "web", []string{"web"}}},
			`[{"Namespace":"web","Rules":[{"apiGroups":["apps"],"resources":["deployments"],"verbs":["get","list"]}]}]`,
		},
		{
			"ResourcesWithTheSameVerbs",
			[]Right{{"apps", "replicasets", []string{"list"}, "web", nil}, {"apps", "deployments", []string{"list"}, "web", nil}, {"", "pods", []string{"list"}, "web", nil}},
			`[{"Namespace":"web","Rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]},{"apiGroups":["apps"],"resources":["deployments","replicasets"],"verbs":["list"]}]}]`,
		},
		{
			"ClusterCoversNamespaces",
			[]Right{{"", "pods", []string{"list"}, "", nil}, {"", "pods", []string{"list", "watch"}, "web", nil}, {"", "pods", []string{"list"}, "db", nil}},
			`[{"Namespace":"","Rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]},{"Namespace":"web","Rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["watch"]}]}]`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(Roles(tt.rights))
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
}

// allows tells whether roles allow a verb, as the authorizer does.
func allows(roles []Role, group, resource, verb, ns, name string) bool {
	for _, role := range roles {
		if role.Namespace != "" && role.Namespace != ns {
			continue
		}
		for _, r := range role.Rules {
			if slices.Contains(r.APIGroups, group) && slices.Contains(r.Resources, resource) && slices.Contains(r.Verbs, verb) &&
				(len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, name)) {
				return true
			}
		}
	}
	return false
}

// Roles allow what was asked for, and nothing else.
func TestRolesAreExact(t *testing.T) {
	groups, resources, verbs := []string{"", "apps"}, []string{"pods", "secrets"}, []string{"get", "list", "patch"}
	namespaces, names := []string{"", "a", "b"}, []string{"x", "y"}
	rapid.Check(t, func(t *rapid.T) {
		rights := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Right {
			return Right{
				Group: rapid.SampledFrom(groups).Draw(t, "group"), Resource: rapid.SampledFrom(resources).Draw(t, "resource"),
				Verbs:     rapid.SliceOfNDistinct(rapid.SampledFrom(verbs), 1, 3, rapid.ID[string]).Draw(t, "verbs"),
				Namespace: rapid.SampledFrom(namespaces).Draw(t, "namespace"),
				Names:     rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, 2, rapid.ID[string]).Draw(t, "names"),
			}
		}), 0, 6).Draw(t, "rights")
		roles := Roles(rights)
		for _, g := range groups {
			for _, r := range resources {
				for _, v := range verbs {
					for _, ns := range []string{"a", "b", "c"} {
						for _, n := range []string{"x", "y", "z"} {
							want := slices.ContainsFunc(rights, func(one Right) bool {
								return one.Group == g && one.Resource == r && slices.Contains(one.Verbs, v) &&
									(one.Namespace == "" || one.Namespace == ns) && (len(one.Names) == 0 || slices.Contains(one.Names, n))
							})
							if got := allows(roles, g, r, v, ns, n); got != want {
								t.Fatalf("%s %s.%s %s in %s: %v", v, r, g, n, ns, got)
							}
						}
					}
				}
			}
		}
	})
}
