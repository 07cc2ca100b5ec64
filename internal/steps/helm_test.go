package steps

import (
	"maps"
	"os"
	"path/filepath"
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
