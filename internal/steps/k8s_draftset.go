package steps

import (
	"context"
	"fmt"
	"reflect"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// draftSet expects a set of objects: how many they are, where people made them, that they are ready, and of what people
// choose that which all of them have. How many a controller has made is its own business.
func (k k8s) draftSet(ctx context.Context, d *check.Draft, r APIResource, at check.Site, a k8sArgs, seen Seen) {
	d.Add("apiVersion", a.APIVersion)
	d.Add("kind", a.Kind)
	if r.Namespaced && at.Namespace == "" && !a.AllNamespaces {
		d.Add("namespace", seen.Namespace)
	}
	made, ready := "", true
	var common map[string]any
	for i, o := range seen.Objects {
		if owner := objOwner(o); owner != "" {
			made = owner
		}
		if fault := checkReady(o); objAt(o, "status") == nil || fault != "" {
			if ready && fault != "" {
				d.Notes = append(d.Notes, "ready is not expected: "+fault)
			}
			ready = false
		}
		match := k.chosen(o)
		if objAt(match, "spec", "replicas") != nil && k.scaled(ctx, at, o) {
			withoutReplicas(match)
		}
		if i == 0 {
			common = match
		} else if !reflect.DeepEqual(common, match) {
			common = nil
		}
	}
	if made == "" {
		d.Add("count", len(seen.Objects))
	} else {
		d.Notes = append(d.Notes, fmt.Sprintf("how many there are is not expected: %s makes them", made))
	}
	if ready && a.Kind != "Secret" && a.Kind != "ConfigMap" {
		d.Add("ready", true)
	}
	if len(common) > 0 {
		d.Add("match", common)
	}
}
