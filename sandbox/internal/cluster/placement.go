package cluster

import (
	"context"
	"errors"
	"fmt"
)

// place has the API server send pods to the node that can run them: those with an image of our registries to the real one,
// all others to the process node. A pod that says where it wants to run is left alone.
func (a *access) place(ctx context.Context) error {
	const name = "sandbox-placement"
	type object = map[string]any
	group := object{"apiVersion": "admissionregistration.k8s.io/v1", "metadata": object{"name": name}}
	with := func(kind string, spec object) object {
		o := object{"kind": kind, "spec": spec}
		for k, v := range group {
			o[k] = v
		}
		return o
	}
	policy := with("MutatingAdmissionPolicy", object{
		"matchConstraints": object{"resourceRules": []object{{
			"apiGroups": []string{""}, "apiVersions": []string{"v1"}, "resources": []string{"pods"}, "operations": []string{"CREATE"},
		}}},
		"matchConditions": []object{{
			"name": "free",
			"expression": `object.spec.?nodeName.orValue("") == "" && size(object.spec.?nodeSelector.orValue({})) == 0` +
				` && !object.spec.?affinity.?nodeAffinity.hasValue()`,
		}},
		"failurePolicy":      "Fail",
		"reinvocationPolicy": "Never",
		"mutations": []object{{"patchType": "JSONPatch", "jsonPatch": object{"expression": fmt.Sprintf(
			`[JSONPatch{op: "add", path: "/spec/nodeSelector", value: {"kubernetes.io/hostname": object.spec.containers.exists(c, c.image.startsWith(%q)) ? %q : %q}}]`,
			nodeAddress+":", realNode, processNode)}}},
	})
	binding := with("MutatingAdmissionPolicyBinding", object{"policyName": name})
	const at = "/apis/admissionregistration.k8s.io/v1/"
	if err := a.post(ctx, at+"mutatingadmissionpolicies", policy, nil); err != nil {
		return err
	}
	return a.post(ctx, at+"mutatingadmissionpolicybindings", binding, nil)
}

// placementReady waits until a pod would be placed.
func (a *access) placementReady(ctx context.Context) error {
	type object = map[string]any
	pod := object{
		"apiVersion": "v1", "kind": "Pod", "metadata": object{"generateName": "probe-"},
		"spec": object{"containers": []object{{"name": "main", "image": registry + "/pause:1"}}},
	}
	var placed struct {
		Spec struct{ NodeSelector map[string]string }
	}
	if err := a.post(ctx, "/api/v1/namespaces/default/pods?dryRun=All", pod, &placed); err != nil {
		return err
	}
	if placed.Spec.NodeSelector["kubernetes.io/hostname"] != realNode {
		return errors.New("pods are not placed yet")
	}
	return nil
}
