package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/api/validate/content"
)

// Resource is a kind as a server serves it.
type Resource struct {
	Group      string   `json:"group,omitempty"`
	Version    string   `json:"version"`
	Kind       string   `json:"kind"`
	Plural     string   `json:"plural"`
	Namespaced bool     `json:"namespaced,omitempty"`
	Verbs      []string `json:"verbs"`
}

// APIVersion is the group and version as objects write it.
func (r *Resource) APIVersion() string {
	if r.Group == "" {
		return r.Version
	}
	return r.Group + "/" + r.Version
}

func (r *Resource) can(verb string) bool { return slices.Contains(r.Verbs, verb) }

// secret tells whether r holds secrets, which are never listed for one of them.
func (r *Resource) secret() bool { return r.Group == "" && r.Plural == "secrets" }

// scope is where objects of one kind are; the namespace is empty for all of them, or for kinds without.
// Scopes are equal where they share the *Resource: see kinds.
type scope struct {
	*Resource
	namespace string
}

// path returns where the objects are, or the one of that name.
func (s scope) path(name string) string {
	parts := []string{groupPath(s.APIVersion())}
	if s.namespace != "" {
		parts = append(parts, "namespaces", s.namespace)
	}
	parts = append(parts, s.Plural)
	if name != "" {
		parts = append(parts, name)
	}
	return strings.Join(parts, "/")
}

// what names a request in errors.
func (s scope) what(verb, name string) what {
	resource := s.Plural
	if s.Group != "" {
		resource += "." + s.Group
	}
	return what{verb: verb, resource: resource, name: name, namespace: s.namespace, all: s.Namespaced && s.namespace == ""}
}

func groupPath(apiVersion string) string {
	if strings.Contains(apiVersion, "/") {
		return "/apis/" + apiVersion
	}
	return "/api/" + apiVersion
}

// segments refuses names that would lead somewhere else than to an object of that name: web/log, or "..".
func segments(names ...string) error {
	for _, n := range names {
		if wrong := content.IsPathSegmentName(n); len(wrong) > 0 {
			return fmt.Errorf("no name: %q %s", n, wrong[0])
		}
	}
	return nil
}

func joinPath(base, path string) string { return strings.TrimSuffix(base, "/") + path }

func byNamespaceAndName(a, b map[string]any) int {
	return cmp.Or(cmp.Compare(meta(a, "namespace"), meta(b, "namespace")), cmp.Compare(meta(a, "name"), meta(b, "name")))
}

func meta(o map[string]any, key string) string {
	m, _ := o["metadata"].(map[string]any)
	s, _ := m[key].(string)
	return s
}

// scopes is a set of scopes.
type scopes struct {
	mu  sync.Mutex
	set map[scope]bool
}

func (s *scopes) has(k scope) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set[k]
}

func (s *scopes) add(k scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = map[scope]bool{}
	}
	s.set[k] = true
}
