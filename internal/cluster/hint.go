package cluster

import (
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// hint guesses which kind was meant: the same one of another group, or a like name in the same group or any.
func (k *kinds) hint(apiVersion, kind string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var versions, here, anywhere []string
	for key := range k.known {
		if key.kind == kind {
			versions = append(versions, key.apiVersion)
		}
		if key.apiVersion == apiVersion {
			here = append(here, key.kind)
		}
		anywhere = append(anywhere, key.kind)
	}
	return nearest(apiVersion, kind, versions, here, anywhere)
}

func nearest(apiVersion, kind string, versions, here, anywhere []string) string {
	for _, names := range [][]string{versions, here, anywhere} {
		slices.Sort(names)
	}
	if len(versions) > 0 {
		if h := diag.DidYouMean(apiVersion, versions); h != "" {
			return strings.Replace(h, "mean ", "mean apiVersion ", 1)
		}
		return kind + " is in " + strings.Join(versions, " and ")
	}
	if h := diag.DidYouMean(kind, here); h != "" || len(here) > 0 {
		return h
	}
	if h := diag.DidYouMean(kind, anywhere); strings.EqualFold(h, `did you mean "`+kind+`"?`) {
		return h
	}
	return ""
}
