package steps

import "gitea.coulomb.social/coulomb/wpctl/internal/check"

// programs are those that a look calls for a command, a chart and a kustomization, each where there is one.
func programs(run check.Code, chart, kustomization string) (out []string) {
	if run != "" {
		out = append(out, shell)
	}
	if chart != "" {
		out = append(out, "helm")
	}
	if kustomization != "" {
		out = append(out, "kustomize")
	}
	return out
}

// FindProgram tells where a program of this machine is, as the kinds look for it; kubectl stands in for kustomize.
// The error says how to install it. None is taken from below root.
func FindProgram(root, name string) (path string, err error) {
	at := check.Site{Root: root}
	p, err := findProgram(at, name)
	if err != nil && name == "kustomize" {
		if other, fault := findProgram(at, "kubectl"); fault == nil {
			return other.path, nil
		}
	}
	return p.path, err
}
