package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
)

// TestPrintedRightsAreEnough takes the plan of each script about a kind that looks at a cluster. With exactly the
// rights that `plan --rbac` prints for it, each step comes to the outcome that it has with all rights. In a namespace
// that is not there nobody can be given rights.
func TestPrintedRightsAreEnough(t *testing.T) {
	if os.Getenv("WPCTL_TEST_KUBECONFIG") == "" {
		t.Skip("needs a cluster: run make test")
	}
	scripts, err := filepath.Glob("../../testdata/steps/*/*.txtar")
	inside, _ := filepath.Glob("../../testdata/scripts/from_*.txtar")
	scripts = append(scripts, inside...)
	if err != nil || len(inside) == 0 {
		t.Fatal(scripts, err)
	}
	dir := t.TempDir()
	for _, path := range scripts {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _, ok := strings.Cut(string(a.Comment), " wpctl run plan.md")
		if !ok || !strings.Contains(before, "[!cluster]") || strings.Contains(before, "wpctl plan") || strings.HasSuffix(path, "unreachable.txtar") {
			continue
		}
		before = before[:strings.LastIndexByte(before, '\n')+1]
		a.Comment = []byte(before + "rights plan.md\n")
		name := filepath.Base(filepath.Dir(path)) + "-" + filepath.Base(path)
		if err := os.WriteFile(filepath.Join(dir, name), txtar.Format(a), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: dir, RequireExplicitExec: true, Setup: setup, Condition: condition,
		Cmds: scriptCommands,
	})
}

// sameRights runs a plan with all rights and with those that are printed for it, and compares the outcomes: rights plan.md
func sameRights(ts *testscript.TestScript, _ bool, args []string) {
	const account = "rights-test"
	user := "system:serviceaccount:" + ts.Getenv("NS") + ":" + account
	_ = ts.Exec("wpctl", "plan", "--rbac", "--for", user, "--role", "rights-"+ts.Getenv("NS"), args[0])
	roles := ts.ReadFile("stdout")
	if strings.Contains(roles, "not told: ") {
		ts.Logf("%s", roles)
	}
	missing := putRoles(ts, account, roles)
	run := func(more ...string) map[string]string {
		_ = ts.Exec("wpctl", append([]string{"run", args[0], "--no-write", "--trust=all", "--again", "-q", "-o", "json"}, more...)...)
		return outcomes(ts, ts.ReadFile("stdout"))
	}
	differ := func() string {
		all, some := run(), run("--as", user)
		for step, want := range all {
			nowhere := slices.ContainsFunc(missing, func(ns string) bool { return strings.HasSuffix(step, " in "+ns) })
			if got := some[step]; got != want && !nowhere {
				return fmt.Sprintf("%s: %s with all rights, %s with\n%s", step, want, got, roles)
			}
		}
		return ""
	}
	// What a controller makes may come between the two runs: the pod of a deployment that was applied just now.
	found := differ()
	for try := 0; found != "" && try < 5; try++ {
		time.Sleep(500 * time.Millisecond)
		found = differ()
	}
	if found != "" {
		ts.Fatalf("%s", found)
	}
}

// outcomes are those of the steps of a run, by place and name. What somebody may do themselves is left out.
func outcomes(ts *testscript.TestScript, text string) map[string]string {
	var doc struct {
		Plans []struct {
			Tasks []struct {
				Steps []struct{ Name, Kind, Outcome string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		ts.Fatalf("%v: %s", err, text)
	}
	out := map[string]string{}
	for _, p := range doc.Plans {
		for _, t := range p.Tasks {
			for i, s := range t.Steps {
				if s.Kind != "access" || !strings.Contains(s.Name, "this user") {
					out[fmt.Sprintf("%d %s", i, s.Name)] = s.Outcome
				}
			}
		}
	}
	if len(out) == 0 {
		ts.Fatalf("no outcomes in %s", text)
	}
	return out
}

// putRoles makes a service account with roles, and returns the namespaces of roles that are not there.
func putRoles(ts *testscript.TestScript, account, roles string) (missing []string) {
	cfg, err := clientcmd.BuildConfigFromFlags("", os.Getenv("WPCTL_TEST_KUBECONFIG"))
	ts.Check(err)
	cfg.QPS = -1
	client, err := dynamic.NewForConfig(cfg)
	ts.Check(err)
	opts := metav1.ApplyOptions{FieldManager: "test", Force: true}
	sa := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{"name": account}}}
	_, err = client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}).Namespace(ts.Getenv("NS")).Apply(context.Background(), account, sa, opts)
	ts.Check(err)
	for doc := range strings.SplitSeq(roles, "\n---\n") {
		u := &unstructured.Unstructured{}
		ts.Check(yaml.Load([]byte(doc), &u.Object))
		if u.GetKind() == "" {
			continue
		}
		var r dynamic.ResourceInterface = client.Resource(schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: strings.ToLower(u.GetKind()) + "s"})
		if ns := u.GetNamespace(); ns != "" {
			if _, err := client.Resource(namespaces).Get(context.Background(), ns, metav1.GetOptions{}); err != nil {
				missing = append(missing, ns)
				continue
			}
			r = r.(dynamic.NamespaceableResourceInterface).Namespace(ns)
		}
		_, err := r.Apply(context.Background(), u.GetName(), u, opts)
		ts.Check(err)
		ts.Defer(func() { _ = r.Delete(context.Background(), u.GetName(), metav1.DeleteOptions{}) })
	}
	return missing
}
