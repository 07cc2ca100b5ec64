package cluster

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// placed are the objects that say where containers run, and where in them they say it.
var placed = []struct{ name, group, resource, pod string }{
	{"sandbox-pods", "", "pods", ""},
	// Their pods are for a node each, and are made with an affinity.
	{"sandbox-daemonsets", "apps", "daemonsets", "spec.template."},
}

// place has the API server send pods to the node that can run them: those with an image of our registries to the real one,
// all others to the process node. A pod that says where it wants to run is left alone.
func (a *access) place(ctx context.Context) error {
	type object = map[string]any
	const version, at = "admissionregistration.k8s.io/v1", "/apis/admissionregistration.k8s.io/v1/"
	for _, p := range placed {
		spec := "object." + p.pod + "spec"
		policy := object{"apiVersion": version, "kind": "MutatingAdmissionPolicy", "metadata": object{"name": p.name}, "spec": object{
			"matchConstraints": object{"resourceRules": []object{{
				"apiGroups": []string{p.group}, "apiVersions": []string{"v1"}, "resources": []string{p.resource}, "operations": operations(p.resource),
			}}},
			"matchConditions": []object{{"name": "free", "expression": fmt.Sprintf(
				`%[1]s.?nodeName.orValue("") == "" && size(%[1]s.?nodeSelector.orValue({})) == 0 && !%[1]s.?affinity.?nodeAffinity.hasValue()`, spec)}},
			"failurePolicy":      "Fail",
			"reinvocationPolicy": "Never",
			"mutations": []object{{"patchType": "JSONPatch", "jsonPatch": object{"expression": fmt.Sprintf(
				`[JSONPatch{op: "add", path: %q, value: {"kubernetes.io/hostname": %s.containers.exists(c, c.image.startsWith(%q)) ? %q : %q}}]`,
				"/"+strings.ReplaceAll(p.pod, ".", "/")+"spec/nodeSelector", spec, nodeAddress+":", realNode, processNode)}}},
		}}
		binding := object{"apiVersion": version, "kind": "MutatingAdmissionPolicyBinding", "metadata": object{"name": p.name}, "spec": object{"policyName": p.name}}
		if err := a.post(ctx, at+"mutatingadmissionpolicies", policy, nil); err != nil {
			return err
		}
		if err := a.post(ctx, at+"mutatingadmissionpolicybindings", binding, nil); err != nil {
			return err
		}
	}
	return nil
}

// operations are those that can say where: of a pod nobody changes it later.
func operations(resource string) []string {
	if resource == "pods" {
		return []string{"CREATE"}
	}
	return []string{"CREATE", "UPDATE"}
}

// placementReady waits until a pod would be placed.
func (a *access) placementReady(ctx context.Context) error {
	type object = map[string]any
	type spec struct{ NodeSelector map[string]string }
	labels := object{"app": "probe"}
	containers := object{"containers": []object{{"name": "main", "image": registry + "/pause:1"}}}
	pod := object{"apiVersion": "v1", "kind": "Pod", "metadata": object{"generateName": "probe-"}, "spec": containers}
	daemons := object{"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": object{"generateName": "probe-"}, "spec": object{
		"selector": object{"matchLabels": labels}, "template": object{"metadata": object{"labels": labels}, "spec": containers},
	}}
	var one struct{ Spec spec }
	var each struct {
		Spec struct{ Template struct{ Spec spec } }
	}
	if err := a.post(ctx, "/api/v1/namespaces/default/pods?dryRun=All", pod, &one); err != nil {
		return err
	}
	if err := a.post(ctx, "/apis/apps/v1/namespaces/default/daemonsets?dryRun=All", daemons, &each); err != nil {
		return err
	}
	for _, s := range []spec{one.Spec, each.Spec.Template.Spec} {
		if s.NodeSelector["kubernetes.io/hostname"] != realNode {
			return errors.New("pods are not placed yet")
		}
	}
	return nil
}
