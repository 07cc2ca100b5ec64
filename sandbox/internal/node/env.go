package node

import (
	"context"
	"maps"
	"os"
	"slices"

	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

// clusterVariable marks every process of a cluster: whoever cleans up, which is package cluster, finds them by it.
const clusterVariable = "WPCTL_SANDBOX_CLUSTER"

// variables is the environment of a container.
type variables map[string]string

func (v variables) list() []string {
	list := make([]string, 0, len(v))
	for _, name := range slices.Sorted(maps.Keys(v)) {
		list = append(list, name+"="+v[name])
	}
	return list
}

// expand replaces $(NAME) in words, as Kubernetes does in commands and arguments.
func (v variables) expand(words []string) []string {
	lookup := expansion.MappingFuncFor(v)
	expanded := make([]string, len(words))
	for i, word := range words {
		expanded[i] = expansion.Expand(word, lookup)
	}
	return expanded
}

// environment collects the container's variables; an error names the ConfigMap, the Secret or the key that is not there.
func (c *container) environment(ctx context.Context) (variables, error) {
	vars := variables{
		"PATH":           os.Getenv("PATH"),
		"HOME":           c.pod.dir,
		"HOSTNAME":       c.pod.object.Name,
		"SANDBOX_POD_IP": c.pod.loopback,
	}
	if mark := os.Getenv(clusterVariable); mark != "" {
		vars[clusterVariable] = mark
	}
	sources := &sources{pod: c.pod, data: map[string]map[string]string{}}
	for _, from := range c.spec.EnvFrom {
		data, err := sources.all(ctx, from)
		if err != nil {
			return nil, err
		}
		for key, value := range data {
			vars[from.Prefix+key] = value
		}
	}
	for _, e := range c.spec.Env {
		if e.ValueFrom == nil {
			vars[e.Name] = expansion.Expand(e.Value, expansion.MappingFuncFor(vars))
			continue
		}
		value, found, err := sources.one(ctx, c.spec, e.ValueFrom)
		if err != nil {
			return nil, err
		}
		if found {
			vars[e.Name] = value
		}
	}
	return vars, nil
}

// field returns a field of the pod for its own programs: they see the address that they can bind.
func (p *pod) field(path string) (string, error) {
	switch path {
	case "status.podIP", "status.podIPs":
		return p.loopback, nil
	case "status.hostIP", "status.hostIPs":
		return "127.0.0.1", nil
	case "spec.nodeName":
		return p.object.Spec.NodeName, nil
	case "spec.serviceAccountName":
		return p.object.Spec.ServiceAccountName, nil
	}
	return fieldpath.ExtractFieldPathAsString(p.object, path)
}
