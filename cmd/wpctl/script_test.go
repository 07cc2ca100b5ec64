package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/confine"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

func TestMain(m *testing.M) {
	confine.Launch()
	testscript.Main(hubtest.Tests{M: m}, map[string]func(){"wpctl": main, "wpctl-updates": updates, "wpctl-killed": killed})
}

// TestScripts runs the program against the scripts in testdata/scripts and testdata/steps.
// `UPDATE=1 go test ./cmd/wpctl -run TestScripts` rewrites the expected texts in them.
func TestScripts(t *testing.T) {
	dirs, err := filepath.Glob("../../testdata/steps/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no scripts of steps: %v", err)
	}
	for _, dir := range append(dirs, "../../testdata/scripts") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: dir, UpdateScripts: os.Getenv("UPDATE") != "", RequireExplicitExec: true, RequireUniqueNames: true,
				Setup: setup, Condition: condition,
				Cmds: scriptCommands,
			})
		})
	}
}

// scriptCommands are what scripts have beside testscript's own commands.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"lab": lab, "apply": apply, "exits": exitsWith, "expand": expand, "edit": edit, "plain": plain, "tool": tool, "agekey": ageKey,
	"signal": signalTo, "json": jsonPath, "jsonenv": jsonEnv, "compiles": compiles, "postgres": postgres, "rights": sameRights,
	"alone": alone, "fits": fits,
	"hub": serveHubTo, "hubhas": hubHas, "hubset": hubSet, "tracker": serveTracker, "trackerhas": trackerHas, "trackerset": trackerSet,
}

// setup gives each script a home of its own and the cluster of the tests, where there is one.
func setup(e *testscript.Env) error {
	for name, dir := range map[string]string{"WPCTL_STATE_DIR": "state", "WPCTL_CACHE_DIR": "cache", "WPCTL_CONFIG_DIR": "config"} {
		e.Setenv(name, filepath.Join(e.WorkDir, ".home", dir))
	}
	e.Values[envKey{}] = e
	e.Setenv("HOME", filepath.Join(e.WorkDir, ".home"))
	e.Setenv("KUBECONFIG", os.Getenv("WPCTL_TEST_KUBECONFIG"))
	if raw, err := clientcmd.LoadFromFile(os.Getenv("WPCTL_TEST_KUBECONFIG")); err == nil {
		e.Setenv("CONTEXT", raw.CurrentContext)
		e.Setenv("SERVER", raw.Clusters[raw.Contexts[raw.CurrentContext].Cluster].Server)
	}
	e.Setenv("SHARED", shared())
	if dir, err := filepath.Abs("../../testdata/compatibility"); err == nil {
		e.Setenv("COMPATIBILITY", dir)
	}
	e.Setenv("NS", fmt.Sprintf("script-%d", time.Now().UnixNano()))
	e.Setenv("TZ", "UTC")
	e.Setenv("GORACE", os.Getenv("GORACE"))
	for _, name := range nodeVariables {
		e.Setenv(name, os.Getenv(name))
	}
	e.Setenv("TODAY", time.Now().UTC().Format(time.DateOnly))
	return nil
}

// shared is the folder that holds the real plans, where they are to be had.
func shared() string {
	if dir := os.Getenv("WPCTL_SHARED"); dir != "" {
		return dir
	}
	dir, _ := filepath.Abs("../../../shared")
	return dir
}

// nodeVariables say where the real node is: scripts that begin with [!node] have them.
var nodeVariables = []string{
	"WPCTL_SANDBOX_NODE", "WPCTL_SANDBOX_NODE_ADDRESS", "WPCTL_SANDBOX_REGISTRY", "WPCTL_SANDBOX_PRIVATE_REGISTRY",
	"WPCTL_SANDBOX_REGISTRY_USER", "WPCTL_SANDBOX_REGISTRY_PASSWORD",
}

// condition knows [cluster], where the tests have one, [node], where that has a real node, [shared], where the real
// plans are at hand, and [postgres], [helm] and [sops], where there are these or they can be built.
func condition(cond string) (bool, error) {
	switch cond {
	case "cluster":
		return os.Getenv("WPCTL_TEST_KUBECONFIG") != "", nil
	case "postgres": // in CI a script that needs it fails without it
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
		return len(found) > 0 || os.Getenv("CI") != "", nil
	case "node":
		if os.Getenv("WPCTL_SANDBOX_NODE") == "" && os.Getenv("WPCTL_REQUIRE_NODE") == "1" {
			return false, errors.New("needs a real node, and WPCTL_REQUIRE_NODE is 1: run bin/sandbox run --node -- go test")
		}
		return os.Getenv("WPCTL_SANDBOX_NODE") != "", nil
	case "helm": // likewise
		_, err := testtools.BuildHelm()
		return err == nil || os.Getenv("CI") != "", nil
	case "sops":
		_, err := testtools.BuildSops()
		return err == nil || os.Getenv("CI") != "", nil
	case "confine":
		return confine.Possible() == nil, nil
	case "shared":
		_, err := os.Stat(filepath.Join(shared(), "inputs"))
		return err == nil, nil
	}
	return false, fmt.Errorf("no condition %q", cond)
}

// exits runs a command and expects its exit code: exits 5 wpctl run plan.md
func exitsWith(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit interface{ ExitCode() int }
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// expand replaces $NAMES that are set by their values in files: expand plan.md
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		src := variable.ReplaceAllStringFunc(ts.ReadFile(name), func(v string) string {
			if value := ts.Getenv(v[1:]); value != "" {
				return value
			}
			return v
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(src), 0o644))
	}
}

var variable = regexp.MustCompile(`\$[A-Z][A-Z_]+\b`)

// plain copies a text with all that differs between two runs replaced by words: plain stdout out.txt
func plain(ts *testscript.TestScript, _ bool, args []string) {
	src := ts.ReadFile(args[0])
	for _, name := range plainNames {
		if value := ts.Getenv(name); value != "" {
			src = strings.ReplaceAll(src, value, "$"+name)
		}
	}
	for _, p := range plainPatterns {
		src = p.re.ReplaceAllString(src, p.by)
	}
	today, err := time.Parse(time.DateOnly, ts.Getenv("TODAY"))
	ts.Check(err)
	src = isoDate.ReplaceAllStringFunc(src, func(s string) string {
		day, err := time.Parse(time.DateOnly, s)
		if days := int(day.Sub(today).Hours() / 24); err == nil && -200 < days && days < 200 {
			return fmt.Sprintf("$TODAY%+d", days)
		}
		return s
	})
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(src), 0o644))
}

// plainNames are variables whose values plain takes out; an address before the port that is its end.
var plainNames = []string{
	"WORK", "NS", "SERVER", "CONTEXT", "TODAY", "SITE_ADDR", "WEB_ADDR", "EXPIRED_ADDR", "OTHER_ADDR", "SELF_ADDR", "LONE_ADDR", "SHORT_ADDR",
	"SSH_ADDR", "MUTE_ADDR", "CLOSED_ADDR", "DNS_ADDR", "REGISTRY_ADDR", "PRIVATE_ADDR", "REALM_ADDR", "INDEX_ADDR", "SITE_PORT", "WEB_PORT",
	"WEB_DIGEST", "ROOT_DIGEST", "MULTI_DIGEST", "PG_ADDR", "PG_PORT", "PG_PASSWORD", "MINE", "THEIRS",
}

var isoDate = regexp.MustCompile(`\b20\d\d-\d\d-\d\d`)

// plainPatterns are run ids, digests, moments, durations, and the number of the cluster's nodes.
var plainPatterns = []struct {
	re *regexp.Regexp
	by string
}{
	{regexp.MustCompile(`\d{8}T\d{6}\.\d+Z-[0-9a-f]{8}`), "RUN"},
	{regexp.MustCompile(`\b0/\d+ nodes are available: \d+`), "0/N nodes are available: N"},
	{regexp.MustCompile(`(20\d\d-\d\d-\d\d|TODAY) \d\d:\d\d(:\d\d)?`), "$1 CLOCK"},
	{regexp.MustCompile(`T\d\d:\d\d:\d\d(\.\d+)?Z`), "TTIME"},
	{regexp.MustCompile(`steps=[0-9a-f]{12}`), "steps=DIGEST"},
	{regexp.MustCompile(`PostgreSQL \d+\.\d+`), "PostgreSQL VERSION"},
	{regexp.MustCompile(`self\.number / 10000 == \d+`), "self.number / 10000 == MAJOR"},
	{regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?s([ )\n])`), "TIME$3"},
}

// signalTo starts a program, waits for a file that it makes, sends the signal and expects the exit code, -1 for one
// that the signal ended: signal INT started 130 wpctl run plan.md
func signalTo(ts *testscript.TestScript, _ bool, args []string) {
	sig := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}[args[0]]
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	env := ts.Value(envKey{}).(*testscript.Env)
	path, err := lookPath(args[3], ts.Getenv("PATH"))
	ts.Check(err)
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(path, args[4:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), env.Vars, &stdout, &stderr
	ts.Check(cmd.Start())
	started := ts.MkAbs(args[1])
	ended := make(chan struct{})
	go func() {
		for range 2000 {
			if _, err := os.Stat(started); err == nil {
				_ = cmd.Process.Signal(sig)
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
			_ = cmd.Process.Kill()
		}
	}()
	_ = cmd.Wait()
	close(ended)
	ts.Logf("[stdout]\n%s[stderr]\n%s", &stdout, &stderr)
	ts.Check(os.WriteFile(ts.MkAbs("stdout.txt"), stdout.Bytes(), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs("stderr.txt"), stderr.Bytes(), 0o644))
	if got := cmd.ProcessState.ExitCode(); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

type envKey struct{}

// lookPath finds a program in the script's own PATH.
func lookPath(name, path string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		if p, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no program %s in %s", name, path)
}

// jsonPath expects the value at a path of a JSON text, written as JSON, and its kind to be explained: json stdout plans.0.tasks.1.outcome '"passed"'
func jsonPath(ts *testscript.TestScript, _ bool, args []string) {
	got, err := json.Marshal(jsonAt(ts, args[0], args[1]))
	ts.Check(err)
	if string(got) != args[2] {
		ts.Fatalf("%s is %s, want %s", args[1], got, args[2])
	}
}

// jsonEnv sets a variable to the text at a path: jsonenv MESSAGE stdout messages.0.id
func jsonEnv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], fmt.Sprint(jsonAt(ts, args[1], args[2])))
}

func jsonAt(ts *testscript.TestScript, file, path string) any {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(file)), &v))
	if doc, _ := v.(map[string]any); doc["kind"] != nil && doc["version"] != nil {
		page, err := os.ReadFile(filepath.Join(repo, "docs", "reference", "json.md"))
		ts.Check(err)
		if !strings.Contains(string(page), fmt.Sprintf("\n## %s\n", doc["kind"])) {
			ts.Fatalf("docs/reference/json.md does not know documents of the kind %v: see documentTypes", doc["kind"])
		}
	}
	for part := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			next, ok := at[part]
			if !ok {
				ts.Fatalf("no %q in %s", part, path)
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(at) {
				ts.Fatalf("no %q in %s, which has %d", part, path, len(at))
			}
			v = at[i]
		default:
			ts.Fatalf("no %q in %s", part, path)
		}
	}
	return v
}

// tool puts programs that can be built here before all others on PATH: tool helm sops
func tool(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		path, err := map[string]func() (string, error){"helm": testtools.BuildHelm, "sops": testtools.BuildSops}[name]()
		ts.Check(err)
		ts.Setenv("PATH", filepath.Dir(path)+string(os.PathListSeparator)+ts.Getenv("PATH"))
	}
}

// fits expects a file of YAML to be as a JSON Schema wants it: fits schema.json file.yaml
func fits(ts *testscript.TestScript, neg bool, args []string) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("schema.json", doc))
	schema, err := c.Compile("schema.json")
	ts.Check(err)
	var value any
	ts.Check(yaml.Unmarshal([]byte(ts.ReadFile(args[1])), &value))
	if err := schema.Validate(value); (err != nil) != neg {
		ts.Fatalf("%s: %v", args[1], err)
	}
}

// alone leaves no program on PATH but wpctl: alone
func alone(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Setenv("PATH", filepath.SplitList(ts.Getenv("PATH"))[0]) // where testscript puts it
}

// ageKey makes a key of age in a file, and sets a variable to whom it belongs: agekey keys.txt MINE
func ageKey(ts *testscript.TestScript, _ bool, args []string) {
	id, err := age.GenerateX25519Identity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
	ts.Setenv(args[1], id.Recipient().String())
}

// compiles expects a text to be a JSON Schema: compiles stdout
func compiles(ts *testscript.TestScript, _ bool, args []string) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(ts.ReadFile(args[0])))
	ts.Check(err)
	c := jsonschema.NewCompiler()
	ts.Check(c.AddResource("schema.json", doc))
	_, err = c.Compile("schema.json")
	ts.Check(err)
}

// edit replaces the first occurrence of a text in a file: edit plan.md old new
func edit(ts *testscript.TestScript, _ bool, args []string) {
	src := ts.ReadFile(args[0])
	if !strings.Contains(src, args[1]) {
		ts.Fatalf("%s does not contain %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(src, args[1], args[2], 1)), 0o644))
}

// lab starts one of each server on loopback and sets the variables that testsrv.Lab tells of: lab
func lab(ts *testscript.TestScript, _ bool, _ []string) {
	l, err := testsrv.StartLab(ts.MkAbs("."))
	ts.Check(err)
	ts.Defer(l.Close)
	for _, v := range l.Env() {
		name, value, _ := strings.Cut(v, "=")
		ts.Setenv(name, value)
	}
}

// postgres starts a PostgreSQL server, see testsrv.StartPostgres: its address is $PG_ADDR, its port $PG_PORT, the
// password of its roles $PG_PASSWORD.
func postgres(ts *testscript.TestScript, _ bool, _ []string) {
	dir, err := os.MkdirTemp("", "pg") // the path of a socket is short
	ts.Check(err)
	ts.Defer(func() { os.RemoveAll(dir) })
	ca, err := testsrv.NewCA(ts.MkAbs("."))
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	p, err := testsrv.StartPostgres(ctx, dir, ca)
	ts.Check(err)
	ts.Defer(p.Close)
	_, port, _ := strings.Cut(p.Addr, ":")
	for name, value := range map[string]string{"PG_ADDR": p.Addr, "PG_PORT": port, "PG_PASSWORD": testsrv.PostgresPassword} {
		ts.Setenv(name, value)
	}
}

// apply applies manifests, with their status, to the namespace $NS of the tests' cluster, which it makes: apply objects.yaml
func apply(ts *testscript.TestScript, _ bool, args []string) {
	cfg, err := clientcmd.BuildConfigFromFlags("", os.Getenv("WPCTL_TEST_KUBECONFIG"))
	ts.Check(err)
	cfg.QPS = -1
	client, err := dynamic.NewForConfig(cfg)
	ts.Check(err)
	disco, err := discovery.NewDiscoveryClientForConfig(cfg)
	ts.Check(err)
	groups, err := restmapper.GetAPIGroupResources(disco)
	ts.Check(err)
	mapper := restmapper.NewDiscoveryRESTMapper(groups)
	put := func(u *unstructured.Unstructured) {
		m, err := mapper.RESTMapping(u.GroupVersionKind().GroupKind(), u.GroupVersionKind().Version)
		ts.Check(err)
		var r dynamic.ResourceInterface = client.Resource(m.Resource)
		if m.Scope.Name() == "namespace" {
			r = client.Resource(m.Resource).Namespace(ts.Getenv("NS"))
		}
		opts := metav1.ApplyOptions{FieldManager: "test", Force: true}
		status, hasStatus := u.Object["status"]
		delete(u.Object, "status")
		_, err = r.Apply(context.Background(), u.GetName(), u, opts)
		ts.Check(err)
		if hasStatus {
			_, err = r.ApplyStatus(context.Background(), u.GetName(), &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": u.GetAPIVersion(), "kind": u.GetKind(), "metadata": map[string]any{"name": u.GetName()}, "status": status,
			}}, opts)
			ts.Check(err)
		}
	}
	put(&unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": ts.Getenv("NS")}}})
	ts.Defer(func() {
		_ = client.Resource(namespaces).Delete(context.Background(), ts.Getenv("NS"), metav1.DeleteOptions{})
	})
	for _, name := range args {
		for doc := range bytes.SplitSeq([]byte(ts.ReadFile(name)), []byte("\n---\n")) {
			var v map[string]any
			ts.Check(yaml.Load(doc, &v))
			text, err := json.Marshal(v)
			ts.Check(err)
			u := &unstructured.Unstructured{}
			ts.Check(u.UnmarshalJSON(text))
			put(u)
		}
	}
}

var namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
