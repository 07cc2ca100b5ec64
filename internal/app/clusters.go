package app

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// cluster says what the cluster of a step is called in findings: as the plan or the configuration names it,
// else its kubeconfig context.
func (j *job) cluster(s *runner.Step) (string, bool) {
	p, err := j.Clusters.Resolve(s.Cluster)
	switch {
	case s.Cluster != "":
		return s.Cluster, true
	case err != nil:
		return "", false
	}
	if main := j.Config.Defaults.Cluster; j.Config.Clusters[main] == p.Context {
		return main, p.Named
	}
	for _, name := range slices.Sorted(maps.Keys(j.Config.Clusters)) {
		if j.Config.Clusters[name] == p.Context {
			return name, p.Named
		}
	}
	return p.Context, p.Named
}

// ignored is an error where flags about the default cluster or namespace would be ignored: where a plan names several
// clusters, or where no step that is looked at means the default.
func (j *job) ignored(prog *runner.Program) error {
	flags := slices.DeleteFunc(slices.Clone(j.req.Flags), func(f string) bool { return f == "--namespace" })
	steps := j.clusterSteps(prog)
	if len(steps) == 0 {
		return nil
	}
	if len(flags) > 0 {
		if err := j.otherClusters(strings.Join(flags, ", "), steps); err != nil {
			return err
		}
	}
	if len(flags) == len(j.req.Flags) {
		return nil
	}
	named := map[string]bool{}
	for _, s := range steps {
		if s.Namespace == "" || s.Namespace == j.Config.Defaults.Namespace {
			return nil
		}
		named[s.Namespace] = true
	}
	return fmt.Errorf("--namespace is for steps that name no namespace, and each step here names one: %s; leave the flag out", list(named))
}

// otherClusters is an error where flags about the default cluster are given and the steps are about others.
func (j *job) otherClusters(flags string, steps []*runner.Step) error {
	main, err := j.Clusters.Resolve("")
	onMain := false
	named := map[string]bool{}                 // by all plans
	contexts := map[string]map[string]string{} // plan → context → its name
	for _, s := range steps {
		if s.Cluster == "" {
			onMain = true
			continue
		}
		named[s.Cluster] = true
		p, fault := j.Clusters.Resolve(s.Cluster)
		onMain = onMain || err == nil && fault == nil && p.Context == main.Context
		context := p.Context
		if fault != nil {
			context = s.Cluster
		}
		file := s.Plan.File.Name
		if contexts[file] == nil {
			contexts[file] = map[string]string{}
		}
		contexts[file][context] = s.Cluster
	}
	for _, file := range slices.Sorted(maps.Keys(contexts)) {
		if of := contexts[file]; len(of) > 1 {
			return fmt.Errorf("%s is for the default cluster only, and %s names several: %s; leave it out, or choose tasks with --task", flags, file, strings.Join(slices.Sorted(maps.Values(of)), ", "))
		}
	}
	if !onMain {
		return fmt.Errorf("%s is for steps that name no cluster, and each step here names one: %s; leave it out, or let the name mean another context under clusters in .wpctl.yaml", flags, list(named))
	}
	return nil
}

// clusterSteps are the steps that look at a cluster and that a run can come to.
func (j *job) clusterSteps(prog *runner.Program) []*runner.Step {
	var out []*runner.Step
	for s := range prog.Reached(func(id string) bool { return j.selected == nil || j.selected[id] }) {
		if looksAtCluster(s) {
			out = append(out, s)
		}
	}
	return out
}

func list(names map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(names)), ", ") }
