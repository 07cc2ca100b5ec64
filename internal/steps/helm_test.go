package steps

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// helmOnPath puts the helm of the tests before all others, with a home of its own.
func helmOnPath(t testing.TB) {
	t.Helper()
	t.Setenv("PATH", filepath.Dir(testtools.Helm(t))+string(os.PathListSeparator)+os.Getenv("PATH"))
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("XDG_CACHE_HOME", home)
	t.Setenv("XDG_DATA_HOME", home)
}

// webChart are the files of a chart that renders a Deployment and a Service, and more.
func webChart(more map[string]string) map[string]string {
	files := map[string]string{
		"charts/web/Chart.yaml":  "apiVersion: v2\nname: web\nversion: 0.3.1\nappVersion: \"1.2.3\"\n",
		"charts/web/values.yaml": "replicas: 1\nimage: registry.example/web:1.2.3\npassword: \"\"\n",
		"charts/web/templates/deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}, labels: {app: web}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: app, image: {{ .Values.image | quote }}, ports: [{containerPort: 8000}]}]
`,
		"charts/web/templates/service.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{name: http, port: 80}]\n",
	}
	maps.Copy(files, more)
	return files
}

func TestHelmTemplate(t *testing.T) {
	helmOnPath(t)
	at := localSite(t, webChart(map[string]string{
		"helm/web.yaml":                  "replicas: 2\n",
		"charts/secret/Chart.yaml":       "apiVersion: v2\nname: secret\nversion: 0.1.0\n",
		"charts/secret/templates/s.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aHVudGVyMg==}\n",
		"charts/empty/Chart.yaml":        "apiVersion: v2\nname: empty\nversion: 0.1.0\n",
		"charts/empty/templates/a.yaml":  "{{- if .Values.on }}a: b{{ end }}\n",
		"charts/broken/Chart.yaml":       "apiVersion: v2\nname: broken\nversion: 0.1.0\n",
		"charts/broken/templates/a.yaml": "{{ fail \"say a host\" }}\n",
		"charts/twice/Chart.yaml":        "apiVersion: v2\nname: twice\nversion: 0.1.0\n",
		"charts/twice/templates/a.yaml":  "kind: A\nkind: A\n",
		"charts/lacking/Chart.yaml":      "apiVersion: v2\nname: lacking\nversion: 0.1.0\ndependencies: [{name: db, version: 1.0.0, repository: \"https://charts.example\"}]\n",
	}))
	at.Namespace = "apps"
	tests := []struct{ name, args, want string }{
		{"Count", `{template: charts/web, count: 2, objects: [{kind: Deployment}, {kind: Service}]}`, "ok: 2 objects: Service/web, Deployment/release-name"},
		{"Release", `{template: charts/web, release: web, values: helm/web.yaml, objects: [{kind: Deployment, name: web, match: {metadata: {namespace: apps}, spec: {replicas: 2}}}]}`, "ok: 2 objects: Service/web, Deployment/web"},
		{"Set", `{template: charts/web, set: {image: "a,b={c}"}, objects: [{kind: Deployment, match: {spec: {template: {spec: {containers: [{name: app, image: "a,b={c}"}]}}}}}]}`, "ok: 2 objects: Service/web, Deployment/release-name"},
		{"OtherCount", `{template: charts/web, count: 3}`, "failed: want 3 objects, saw 2 objects: Service/web, Deployment/release-name"},
		{"NoKind", `{template: charts/web, objects: [{kind: Ingress}]}`, "failed: want Ingress, saw 2 objects: Service/web, Deployment/release-name; no Ingress"},
		{"NoMatch", `{template: charts/web, objects: [{kind: Deployment, match: {spec: {replicas: 2}}}]}`, "failed: want Deployment with spec.replicas: 2, saw 2 objects: Service/web, Deployment/release-name; Deployment/release-name spec.replicas: wanted 2, saw 1"},
		{"ObjectCount", `{template: charts/web, objects: [{kind: Service, count: 2}]}`, "failed: want 2 Service, saw 2 objects: Service/web, Deployment/release-name; 1 Service"},
		{"Absent", `{template: charts/web, objects: [{kind: Ingress, absent: true}]}`, "ok: 2 objects: Service/web, Deployment/release-name"},
		{"NotAbsent", `{template: charts/web, objects: [{kind: Service, absent: true}]}`, "failed: want no Service, saw 2 objects: Service/web, Deployment/release-name"},
		{"Fails", `{template: charts/broken}`, "failed: want charts/broken renders, saw execution error at (broken/templates/a.yaml:1:3): say a host"},
		{"Twice", `{template: charts/twice}`, `failed: want charts/twice renders`},
		{"Lacking", `{template: charts/lacking}`, "error: helm does not render it: "},
		{"NoChart", `{template: charts/none}`, "error: read charts/none: no such file or directory"},
		{"NoValues", `{template: charts/web, values: none.yaml}`, "error: read none.yaml: no such file or directory"},
		{"Nothing", `{template: charts/empty, count: 0}`, "ok: 0 objects"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, got := localLook(t, helmKind(Deps{}), at, tt.args)
			if got != tt.want && (tt.name != "Twice" && tt.name != "Lacking" || !strings.HasPrefix(got, tt.want)) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if r, _ := localLook(t, helmKind(Deps{}), at, `{template: charts/empty}`); !r.Empty {
		t.Error("a chart that renders to nothing is no good news")
	}
	r, _ := localLook(t, helmKind(Deps{}), at, `{template: charts/secret, objects: [{kind: Secret, match: {data: {password: {length: 7}}}}]}`)
	if !r.OK || strings.Contains(fmt.Sprint(r.Self), "aHVudGVyMg") {
		t.Errorf("got %v", r)
	}
}

func TestHelmWithoutHelm(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, got := localLook(t, helmKind(Deps{}), localSite(t, webChart(nil)), `{template: charts/web}`); !strings.HasPrefix(got, "error: there is no helm on PATH: ") {
		t.Error(got)
	}
}

// packed is a release as helm writes it into a Secret.
func packed(t testing.TB, release string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, release); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString(b.Bytes())))
}

func TestReadRelease(t *testing.T) {
	rel, err := readRelease(packed(t, `{"name":"web","version":2,"info":{"status":"deployed"},"config":{"a":1},"chart":{"metadata":{"name":"web","version":"0.3.1"}}}`))
	if err != nil || rel.Version != 2 || rel.Info.Status != "deployed" || rel.Chart.Metadata.Version != "0.3.1" {
		t.Errorf("%+v, %v", rel, err)
	}
	for name, data := range map[string]string{
		"it is not written as helm does":      packed(t, "no JSON"),
		"it is not written as helm does ":     "%%%",
		"it is not written as helm does  ":    "",
		"it unpacks to more than 64 MiB":      packed(t, `{"name":"`+strings.Repeat("a", maxRelease)+`"}`),
		"it is not written as helm does   ":   base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte("\x1f\x8b\x08")))),
		"it is not written as helm does    ":  base64.StdEncoding.EncodeToString([]byte("%%%")),
		"it is not written as helm does     ": packed(t, `{"version":"two"}`),
	} {
		if _, err := readRelease(data); err == nil || err.Error() != strings.TrimSpace(name) {
			t.Errorf("%.20s…: got %v, want %s", data, err, name)
		}
	}
}

func TestHelmArguments(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"Good", `{release: web, status: [deployed], chart: "web-*"}`, ""},
		{"GoodTemplate", `{template: charts/web, release: web, count: 2}`, ""},
		{"Nothing", `{namespace: web}`, "[]: nothing is looked at"},
		{"Name", `{release: Web}`, "[release]: this is no name of a release"},
		{"LabelSelector", `{release: "web,owner!=helm"}`, "[release]: this is no name of a release"},
		{"Both", `{template: charts/web, revision: 2}`, "[template]: status, revision, chart, appVersion, match and absent are of a release in the cluster"},
		{"ValuesOfARelease", `{release: web, values: [a.yaml]}`, "[]: values, set, count and objects are of a chart that is rendered"},
		{"Revision", `{release: web, revision: -1}`, "[revision]: a revision is 1 or more"},
		{"Absent", `{release: web, absent: true, revision: 1}`, "[absent]: what is absent can be nothing else"},
		{"Pattern", `{release: web, chart: "web-["}`, "[chart]: this is no pattern"},
		{"Outside", `{template: ../web}`, "[template]: the glob leads out of the checkout"},
		{"Remote", `{template: "https://charts.example/web.tgz"}`, "[template]: this is no folder of the checkout"},
		{"Count", `{template: a, count: -1, objects: [{kind: "", count: -1}]}`, "[count]: count cannot be negative; [objects 0 count]: count cannot be negative; [objects 0 kind]: kind is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, helmKind(Deps{}), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}
