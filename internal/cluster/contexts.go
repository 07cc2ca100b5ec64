package cluster

import (
	"maps"
	"slices"
)

// Contexts returns the names of the contexts in the kubeconfig, and which of them is the current one. Without a
// kubeconfig, or with one that cannot be read, there are none.
func (cs *Clusters) Contexts() (names []string, current string) {
	raw, err := cs.config()
	if err != nil {
		return nil, ""
	}
	return slices.Sorted(maps.Keys(raw.Contexts)), raw.CurrentContext
}
