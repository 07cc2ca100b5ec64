package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
)

// inASCII is a text as a string of YAML, all of whose unusual characters are written by number.
func inASCII(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			fmt.Fprintf(&b, `\U%08x`, r)
			continue
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + `"`
}

// TestHostileTextsOfClusters says hostile texts in objects, events, logs and what commands in pods print.
func TestHostileTextsOfClusters(t *testing.T) {
	ns := clustertest.Namespace(t)
	var printed strings.Builder
	objects, steps := []string{}, []string{"k8s: {apiVersion: apps/v1, kind: Deployment, name: web, ready: true}\n  within: 60s"}
	for i, text := range hostile {
		text = text[:min(len(text), 1000)]
		fmt.Fprintf(&printed, "%s\nERROR %[1]s\n", text)
		valid := inASCII(strings.Map(func(r rune) rune { // objects are applied as YAML, which has fewer characters
			if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff {
				return -1
			}
			return r
		}, strings.ToValidUTF8(text, "?")))
		objects = append(objects, fmt.Sprintf(`
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "says%d", "annotations": {"says": %s}}, "data": {"says": %[2]s}}
---
{"apiVersion": "v1", "kind": "Event", "metadata": {"name": "says%[1]d.1"}, "involvedObject": {"apiVersion": "v1", "kind": "ConfigMap", "name": "says%[1]d", "namespace": %[3]q}, "type": "Warning", "reason": "Broken", "message": %[2]s, "lastTimestamp": "2026-01-01T00:00:00Z"}
`, i, valid, ns))
		steps = append(steps,
			fmt.Sprintf("k8s: {apiVersion: v1, kind: ConfigMap, name: says%d, match: {data: {says: another}, metadata: {annotations: {says: another}}}}\n  record: {says: self.data}", i),
			fmt.Sprintf("events: {apiVersion: v1, kind: ConfigMap, name: says%d}", i),
			fmt.Sprintf("exec: {kind: Deployment, name: web, command: [sh, -c, \"echo %s | base64 -d >&2; exit 1\"]}", base64.StdEncoding.EncodeToString([]byte(text))),
		)
	}
	steps = append(steps, "logs: {selector: app=web, contains: [nothing of the kind]}", "logs: {selector: app=web, lacks: [ERROR], only: [another]}")
	objects = append(objects, fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: app, image: "registry.example/web:1.2.3", command: [/bin/sh, -c, "echo $SAYS | base64 -d; exec sleep 3600"], env: [{name: SAYS, value: %s}]}]
`, base64.StdEncoding.EncodeToString([]byte(printed.String()))))
	clustertest.Apply(t, ns, strings.Join(objects, "\n---\n"))

	o := &outside{process: newProcess(t, os.Getenv("WPCTL_TEST_KUBECONFIG")), inputs: map[string]bool{}}
	plan := strings.ReplaceAll(aPlan("- "+strings.Join(steps, "\n- ")), "status: todo", "status: done")
	kubeconfig, err := clientcmd.LoadFromFile(os.Getenv("WPCTL_TEST_KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	defaults := fmt.Sprintf("status: active\ndefaults: {namespace: %s, cluster: %q}\n", ns, kubeconfig.CurrentContext) // else nothing is written
	before := strings.Replace(plan, "status: active\n", defaults, 1)
	o.file(t, "plan.md", before)
	o.env = append(o.env, "GITHUB_ACTIONS=true")
	said := o.verbs(t)
	if n := strings.Count(said["run as JSON"], `"outcome": "failed"`); n < 3*len(hostile) {
		t.Errorf("%d looks told what they saw, want %d:\n%s", n, 3*len(hostile), said["run as JSON"])
	}
	made := o.made(t)
	after := made["plan.md"]
	if got, want := withoutFindings(after), strings.ReplaceAll(before, "status: done", "status: failed"); got != want {
		t.Errorf("beside its findings the plan is now\n%s", got)
	}
	samePlan(t, before, after, "failed")
	if err := onlyOurs(after, 1); err != nil {
		t.Errorf("the plan: %v", err)
	}
	o.soundOutput(t, said, made)
}
