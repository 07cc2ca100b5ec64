package main

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// TestAddressThatOnlyPodsReach looks at an address that a rule of the network keeps from this machine, and not from
// pods: the same step fails from here and passes from inside.
func TestAddressThatOnlyPodsReach(t *testing.T) {
	node, ns := clustertest.NeedNode(t), clustertest.Namespace(t)
	clustertest.Apply(t, ns, fmt.Sprintf(`{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "%[1]s/hello:1"}]}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: box}, spec: {selector: {matchLabels: {app: box}}, template: {metadata: {labels: {app: box}},
 spec: {terminationGracePeriodSeconds: 0, containers: [{name: app, image: "%[1]s/busybox:1", command: [sleep, "3600"]}]}}}}`, node.Registry))
	w := newProcess(t, clustertest.Kubeconfig(t))
	w.file(t, "settle.md", aPlan(fmt.Sprintf(`- k8s: {apiVersion: v1, kind: Pod, namespace: %[1]s, name: web, ready: true}
  within: 90s
- k8s: {apiVersion: apps/v1, kind: Deployment, namespace: %[1]s, name: box, ready: true}
  within: 90s`, ns)))
	if said, exit := w.wpctl(t, "run", "settle.md", "--no-write", "-q"); exit != 0 {
		t.Fatalf("exit code %d:\n%s", exit, said)
	}
	pod, err := clustertest.Writer(t).Resource(schema.GroupVersionResource{Version: "v1", Resource: "pods"}).Namespace(ns).Get(t.Context(), "web", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ip, _, _ := unstructured.NestedString(pod.Object, "status", "podIP")
	rule := []string{"OUTPUT", "-d", ip, "-p", "tcp", "-j", "REJECT"}
	if out, err := exec.Command("iptables", append([]string{"-w", "-I"}, rule...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { _ = exec.Command("iptables", append([]string{"-w", "-D"}, rule...)...).Run() })

	looks := []string{fmt.Sprintf("- tcp: %s:8080", ip), fmt.Sprintf(`- http: {url: "http://%s:8080/", status: 200}`, ip)}
	tasks := append([]string{}, looks...)
	for _, look := range looks {
		tasks = append(tasks, look+fmt.Sprintf("\n  from: {deployment: box, namespace: %s}", ns))
		tasks = append(tasks, look+fmt.Sprintf("\n  from: {pod: {namespace: %s, image: %q}}", ns, node.Registry+"/busybox:1"))
	}
	w.file(t, "plan.md", aPlan(tasks...))
	said, exit := w.wpctl(t, "run", "plan.md", "--no-write", "-q", "--trust=all")
	for _, want := range []string{"✗ T001", "✗ T002", "✓ T003", "✓ T004", "✓ T005", "✓ T006"} {
		if !strings.Contains(said, want) {
			t.Errorf("not told: %s", want)
		}
	}
	if exit != 1 || t.Failed() {
		t.Errorf("exit code %d:\n%s", exit, said)
	}
}
