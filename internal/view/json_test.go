package view

import (
	"encoding/json"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

func TestJSON(t *testing.T) {
	list, _ := lint()
	for name, f := range map[string]func() ([]byte, error){
		"run":   func() ([]byte, error) { return RunJSON(shop(), shopInfo) },
		"empty": func() ([]byte, error) { return RunJSON(runner.Report{}, RunInfo{}) },
		"plan":  func() ([]byte, error) { return PlanJSON([]app.PlanView{shopPlan(), {}}) },
		"graph": func() ([]byte, error) { return GraphJSON(shopGraph()) },
		"lint":  func() ([]byte, error) { return LintJSON(list, nil, 2, 2) },
		"version": func() ([]byte, error) {
			return VersionJSON(VersionInfo{Program: "v0.1.0", Commit: "17f511f", Date: "2026-05-19", Go: "go1.26.8", Platform: "linux/amd64", Format: 1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := f()
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "json/"+name+".json", string(got))
			var doc map[string]any
			if err := json.Unmarshal(got, &doc); err != nil {
				t.Fatal(err)
			}
			if doc["version"] != float64(JSONVersion) || doc["kind"] == "" {
				t.Errorf("version %v, kind %v", doc["version"], doc["kind"])
			}
			for _, line := range strings.Split(string(got), "\n") {
				if strings.Contains(line, "null") && !strings.Contains(line, `"started"`) && !strings.Contains(line, `"ended"`) && !strings.Contains(line, `"own"`) {
					t.Errorf("null in %q", line)
				}
			}
		})
	}
}

func TestRunJSONKeepsValuesToItself(t *testing.T) {
	got, err := RunJSON(shop(), shopInfo)
	if err != nil || strings.Contains(string(got), `"secret"`) {
		t.Errorf("%v: %s", err, got)
	}
}
