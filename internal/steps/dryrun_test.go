package steps_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

func TestDryrunArguments(t *testing.T) {
	b := newBench(t, "dryrun", "")
	for _, tt := range []struct{ name, args, want string }{
		{"Files", `{files: "manifests/*.yaml", changed: origin/main}`, ""},
		{"Chart", "{chart: charts/web, values: helm/web.yaml, namespace: web}", ""},
		{"Nothing", "{}", "[]: manifests come from one of files, chart, kustomize and run"},
		{"Two", "{files: a.yaml, chart: charts/web}", "[]: manifests come from one of files, chart, kustomize and run"},
		{"NoFiles", "{files: []}", "[files]: files is empty"},
		{"Outside", "{files: ../a.yaml}", "[files 0]: the glob leads out of the checkout"},
		{"ValuesWithoutChart", "{files: a.yaml, values: b.yaml}", "[chart]: values, set and release are for a chart"},
		{"ChangedCommand", "{run: cat a.yaml, changed: main}", "[changed]: what a command prints and a kustomization builds may change with any file"},
		{"Option", "{files: a.yaml, changed: --output=x}", `[changed]: "--output=x" is no commit or branch`},
		{"BadNamespace", "{files: a.yaml, standIn: a/b}", `[standIn]: "a/b" is no namespace`},
		{"EnvWithoutCommand", "{files: a.yaml, env: {A: b}}", "[env]: env is for a command"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := b.problems(t, tt.args); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// checkout gives the bench a folder with files.
func (b *k8sBench) checkout(t testing.TB, files map[string]string) {
	t.Helper()
	b.at.Root = t.TempDir()
	b.at.Dir = b.at.Root
	for name, text := range files {
		path := filepath.Join(b.at.Dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

const goodDeployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: app
          image: registry.example/web:1
`

func TestDryrun(t *testing.T) {
	b, ns := newBench(t, "dryrun", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	clustertest.Apply(t, ns, strings.ReplaceAll(goodDeployment, "name: web}", "name: live}"))
	clustertest.Apply(t, "", `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gauges.dryrun.example.org}
spec:
  group: dryrun.example.org
  scope: Namespaced
  names: {kind: Gauge, plural: gauges}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [unit]
              properties: {unit: {type: string, enum: [bar, pascal]}, steps: {type: integer}}
`)
	clustertest.Apply(t, "", `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: dryrun-no-latest}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps]}]}
  validations: [{expression: "!has(object.data) || !('mode' in object.data) || object.data.mode != 'forbidden'", message: the mode is forbidden here}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: dryrun-no-latest}
spec: {policyName: dryrun-no-latest, validationActions: [Deny], matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: `+ns+`}}}}
`)
	const gauge = "apiVersion: dryrun.example.org/v1\nkind: Gauge\nmetadata: {name: g}\nspec:\n"
	b.checkout(t, map[string]string{
		"good.yaml":      goodDeployment + "---\n# nothing\n---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: b}}\n",
		"job.yaml":       "{apiVersion: batch/v1, kind: Job, metadata: {generateName: j-}, spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}",
		"live.yaml":      strings.ReplaceAll(goodDeployment, "name: web}", "name: live}"),
		"fields.yaml":    "# two lines\n# of words\n" + strings.ReplaceAll(strings.ReplaceAll(goodDeployment, "          image:", "          imagee: x\n          image:"), "  replicas: 1", "  replicas: 1\n  replica: 2"),
		"types.yaml":     strings.ReplaceAll(goodDeployment, "replicas: 1", "replicas: many"),
		"value.yaml":     strings.ReplaceAll(goodDeployment, "replicas: 1", "replicas: -1"),
		"immutable.yaml": strings.ReplaceAll(strings.ReplaceAll(goodDeployment, "name: web}", "name: live}"), "app: web", "app: other"),
		"yes.yaml":       "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  on: yes\n",
		"double.yaml":    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: b\n  a: c\n",
		"nokind.yaml":    "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: c}\n",
		"values.yaml":    "replicas: 1\n",
		"nowhere.yaml":   "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  namespace: nowhere\n",
		"policy.yaml":    "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {mode: forbidden}}",
		"gauge.yaml":     gauge + "  unit: bar\n  version: \"16\"\n  steps: many\n",
		"unit.yaml":      gauge + "  unit: feet\n",
		"list.json":      `{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}, "dat": {}}]}`,
		"notes.md":       "# no manifest\n",
	})
	for _, tt := range []struct {
		name, file string
		ok         bool
		saw, why   string
	}{
		{"Good", "good.yaml", true, "2 objects of 1 file accepted", ""},
		{"GenerateName", "job.yaml", true, "1 object of 1 file accepted", ""},
		{"Unchanged", "live.yaml", true, "1 object of 1 file accepted", ""},
		{
			"UnknownFields", "fields.yaml", false, "1 of 1 object rejected",
			"fields.yaml:8 `Deployment/web` spec.replica: field not declared in schema\nfields.yaml:15 `Deployment/web` spec.template.spec.containers[name=\"app\"].imagee: field not declared in schema",
		},
		{"WrongType", "types.yaml", false, "1 of 1 object rejected", "types.yaml:5 `Deployment/web` spec.replicas: expected numeric (int or float), got string"},
		{"WrongValue", "value.yaml", false, "1 of 1 object rejected", "value.yaml:5 `Deployment/web` spec.replicas: Invalid value: -1: must be greater than or equal to 0"},
		{"Immutable", "immutable.yaml", false, "1 of 1 object rejected", "immutable.yaml:6 `Deployment/live` spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: field is immutable"},
		{"YAML11", "yes.yaml", false, "1 of 1 object rejected", "yes.yaml:4 `ConfigMap/c` data.true: expected string, got true"},
		{"DuplicateKey", "double.yaml", false, "1 of 1 object rejected", "double.yaml:6 document: key \"a\" already set in map"},
		{"NoKind", "nokind.yaml", false, "1 of 1 object rejected", "nokind.yaml:2 `Deploymnt/c`: the server has no kind Deploymnt in apps/v1; did you mean \"Deployment\"?"},
		{"NoObject", "values.yaml", false, "1 of 1 object rejected", "values.yaml:1 document: it is no object of Kubernetes: apiVersion or kind is missing"},
		{"NoNamespace", "nowhere.yaml", false, "1 of 1 object rejected", "nowhere.yaml:5 `ConfigMap/c` metadata.namespace: there is no namespace nowhere"},
		{"Policy", "policy.yaml", false, "1 of 1 object rejected", "policy.yaml:1 `ConfigMap/c`: ValidatingAdmissionPolicy 'dryrun-no-latest' with binding 'dryrun-no-latest' denied request: the mode is forbidden here"},
		{
			"CRDFields", "gauge.yaml", false, "1 of 1 object rejected",
			"gauge.yaml:6 `Gauge/g` spec.version: field not declared in schema\ngauge.yaml:7 `Gauge/g` spec.steps: expected numeric (int or float), got string",
		},
		{"CRDValue", "unit.yaml", false, "1 of 1 object rejected", "unit.yaml:5 `Gauge/g` spec.unit: Unsupported value: \"feet\": supported values: \"bar\", \"pascal\""},
		{"List", "list.json", false, "1 of 2 objects rejected", "list.json:1 `ConfigMap/b` dat: field not declared in schema"},
		{"NoFile", "none/*.yaml", false, "no manifests match", ""},
		{"NoManifest", "*.md", false, "no manifests match", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := b.until(t, "{files: '"+tt.file+"'}", func(r check.Result) bool {
				return r.OK == tt.ok && r.Saw == tt.saw && (tt.name != "Policy" || len(r.Why) > 0)
			})
			if why := strings.Join(r.Why, "\n"); why != tt.why {
				t.Errorf("got\n%s\nwant\n%s", why, tt.why)
			}
		})
	}
	// Nothing was stored.
	k := newBench(t, "k8s", clustertest.Kubeconfig(t))
	k.at.Namespace = ns
	if r, err := k.look(t, "{apiVersion: v1, kind: ConfigMap, name: c, absent: true}"); err != nil || !r.OK {
		t.Error(r, err)
	}
}

func TestDryrunOfWhatTheSetMakes(t *testing.T) {
	b, ns := newBench(t, "dryrun", clustertest.Kubeconfig(t)), clustertest.Namespace(t)
	b.at.Namespace = ns
	namespace := "{apiVersion: v1, kind: Namespace, metadata: {name: " + ns + "-new}}\n---\n"
	inside := "{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: " + ns + "-new}, data: {a: b}}\n"
	b.checkout(t, map[string]string{
		"namespace.yaml": namespace + inside,
		"field.yaml":     namespace + strings.ReplaceAll(inside, ", data:", ", dat:"),
		"value.yaml":     namespace + strings.ReplaceAll(inside, "{a: b}", `{"a/b": c}`),
		"crd.yaml": `{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: news.set.example.org}, spec: {group: set.example.org, scope: Namespaced, names: {kind: New, plural: news},
 versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]}}
---
{apiVersion: set.example.org/v1, kind: New, metadata: {name: first}}
`,
	})
	_, err := b.look(t, "{files: namespace.yaml}")
	want := "1 of 2 objects could not be checked: `ConfigMap/c`: its namespace " + ns + "-new is made by the same manifests, so that only fields and types were looked at: apply that first, or name one that is there with standIn"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	r, err := b.look(t, "{files: field.yaml}")
	if err != nil || r.OK || len(r.Why) != 1 || r.Why[0] != "field.yaml:3 `ConfigMap/c` dat: field not declared in schema" {
		t.Error(r, err)
	}
	if r, err = b.look(t, "{files: namespace.yaml, standIn: "+ns+"}"); err != nil || !r.OK {
		t.Error(r, err)
	}
	r, err = b.look(t, "{files: value.yaml, standIn: "+ns+"}")
	if err != nil || r.OK || len(r.Why) != 1 || !strings.HasPrefix(r.Why[0], "value.yaml:3 `ConfigMap/c` data[a/b]: Invalid value") {
		t.Error(r, err)
	}
	_, err = b.look(t, "{files: crd.yaml}")
	if err == nil || err.Error() != "1 of 2 objects could not be checked: `New/first`: its kind is defined by the same manifests: apply that first" {
		t.Error(err)
	}
}

func TestDryrunSecretsAreNotShown(t *testing.T) {
	b := newBench(t, "dryrun", clustertest.Kubeconfig(t))
	b.at.Namespace = clustertest.Namespace(t)
	b.checkout(t, map[string]string{"secret.yaml": "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {a: swordfish-4711}, data: {b: cGVsaWNhbi00NzEx}}"})
	if r, err := b.look(t, "{files: secret.yaml}"); err != nil || !r.OK {
		t.Fatal(r, err)
	}
	if s := strings.Join(b.secrets, " "); !strings.Contains(s, "swordfish-4711") || !strings.Contains(s, "pelican-4711") {
		t.Error(s)
	}
}

func TestDryrunChanged(t *testing.T) {
	b := newBench(t, "dryrun", clustertest.Kubeconfig(t))
	b.at.Namespace = clustertest.Namespace(t)
	const good, bad = "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}\n", "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, dat: {}}\n"
	b.checkout(t, map[string]string{"old.yaml": bad, "committed.yaml": good, "edited.yaml": good})
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"}, args...)...)
		cmd.Dir = b.at.Dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %s", args, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(b.at.Dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "one")
	if got := b.kind.Changed(b.args(t, "{files: '*.yaml', changed: main}")); got != "main" {
		t.Error(got)
	}
	r, err := b.look(t, "{files: '*.yaml', changed: main}")
	if err != nil || !r.Empty || r.Saw != "nothing of it changed since main" {
		t.Error(r, err)
	}
	r, err = b.look(t, "{files: 'misspelt/*.yaml', changed: main}")
	if err != nil || r.Empty || r.OK { // not skipped, whatever changed
		t.Error(r, err)
	}
	git("checkout", "-qb", "branch")
	write("committed.yaml", bad)
	git("commit", "-qam", "two")
	write("edited.yaml", bad)
	write("new.yaml", bad)
	r, err = b.look(t, "{files: '*.yaml', changed: main}")
	if err != nil || r.Saw != "3 of 3 objects rejected" {
		t.Error(r, err)
	}
	if _, err = b.look(t, "{files: '*.yaml', changed: origin/main}"); err == nil || err.Error() != "git knows no origin/main here: git fetch may get it" {
		t.Error(err)
	}
}

func TestDryrunRendered(t *testing.T) {
	programs := []string{filepath.Dir(testtools.Helm(t)), filepath.Dir(testtools.Kustomize(t)), os.Getenv("PATH")}
	t.Setenv("PATH", strings.Join(programs, string(os.PathListSeparator)))
	b := newBench(t, "dryrun", clustertest.Kubeconfig(t))
	b.at.Namespace = clustertest.Namespace(t)
	b.checkout(t, map[string]string{
		"charts/web/Chart.yaml":           "{apiVersion: v2, name: web, version: 0.1.0}\n",
		"charts/web/templates/map.yaml":   "{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}'}, {{ .Values.field }}: {a: b}}\n",
		"charts/web/templates/other.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: other}}\n",
		"charts/web/values.yaml":          "field: data\n",
		"bad.yaml":                        "field: dat\n",
		"none.yaml":                       "field: '{'\n",
		"base/kustomization.yaml":         "resources: [map.yaml]\nnamePrefix: my-\n",
		"base/map.yaml":                   "{apiVersion: v1, kind: ConfigMap, metadata: {name: map}, dat: {a: b}}\n",
	})
	if r, err := b.look(t, "{chart: charts/web, release: live}"); err != nil || !r.OK || r.Saw != "2 objects of 2 files accepted" {
		t.Error(r, err)
	}
	r, err := b.look(t, "{chart: charts/web, release: live, values: bad.yaml}")
	if err != nil || r.OK || len(r.Why) != 1 || r.Why[0] != "web/templates/map.yaml `ConfigMap/live` dat: field not declared in schema" {
		t.Error(r, err)
	}
	r, err = b.look(t, "{chart: charts/web, values: none.yaml}")
	if err != nil || r.OK || !strings.HasPrefix(r.Saw, "helm does not render it: ") {
		t.Error(r, err)
	}
	r, err = b.look(t, "{run: 'cat base/map.yaml'}")
	if err != nil || r.OK || len(r.Why) != 1 || r.Why[0] != "stdout:1 `ConfigMap/map` dat: field not declared in schema" {
		t.Error(r, err)
	}
	r, err = b.look(t, "{kustomize: base}")
	if err != nil || r.OK || len(r.Why) != 1 || r.Why[0] != "base `ConfigMap/my-map` dat: field not declared in schema" {
		t.Error(r, err)
	}
}

// What was found with earlier plans: a manifest of a database that had a field which never existed.
func TestDryrunCloudNativePG(t *testing.T) {
	crd, err := os.ReadFile(testtools.CloudNativePG(t))
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t, "dryrun", clustertest.Kubeconfig(t))
	b.at.Namespace = clustertest.Namespace(t)
	const group = "postgresql.dryrun.example.org" // other tests have a simpler kind in its own
	clustertest.Apply(t, "", strings.ReplaceAll(string(crd), "postgresql.cnpg.io", group))
	b.checkout(t, map[string]string{"db.yaml": "apiVersion: " + group + "/v1\nkind: Cluster\nmetadata:\n  name: gitea-db\nspec:\n  instances: 1\n  storage: {size: 1Gi}\n  postgresql:\n    version: \"16\"\n"})
	r := b.until(t, "{files: db.yaml}", func(r check.Result) bool { return len(r.Why) > 0 && strings.Contains(r.Why[0], "version") })
	if r.OK || len(r.Why) != 1 || r.Why[0] != "db.yaml:9 `Cluster/gitea-db` spec.postgresql.version: field not declared in schema" {
		t.Error(r)
	}
}
