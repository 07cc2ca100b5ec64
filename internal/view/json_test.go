package view

import (
	"encoding/json"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
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

// synonyms are words that documents could use, and the one that all of them do.
var synonyms = map[string]string{
	"exit": "exitCode", "exitStatus": "exitCode", "finished": "ended", "begun": "started", "begin": "started",
	"duration": "durationMs", "elapsedMs": "durationMs", "took": "durationMs", "fileName": "file", "path": "file",
	"dry": "dryRun", "identifier": "id", "taskId": "id", "needed": "needs",
}

// TestOneNameForEachThing: what two documents tell of has the same name in both.
func TestOneNameForEachThing(t *testing.T) {
	list, _ := lint()
	edited := app.Edited{Name: file, Changes: []app.Change{{ID: "T01", Key: "status", To: "todo"}}}
	record := func(v any) func() ([]byte, error) { return func() ([]byte, error) { return json.Marshal(v) } }
	for name, f := range map[string]func() ([]byte, error){
		"run": func() ([]byte, error) { return RunJSON(shop(), shopInfo) }, "verify": func() ([]byte, error) { return VerifyJSON(verified(), verifiedInfo) },
		"plan": func() ([]byte, error) { return PlanJSON([]app.PlanView{shopPlan()}) }, "graph": func() ([]byte, error) { return GraphJSON(shopGraph()) },
		"lint": func() ([]byte, error) { return LintJSON(list, nil, 2, 2) }, "set": func() ([]byte, error) { return EditedJSON("Set", []app.Edited{edited}, true) },
		"mv": func() ([]byte, error) {
			return MovedJSON(app.Moved{From: "T01", To: "T02", Files: []app.Edited{edited}}, true)
		},
		"watch": func() ([]byte, error) { return SavedJSON(app.Saved{Name: file}) }, "list": func() ([]byte, error) { return ListJSON("TaskList", listed) },
		"log": record(state.Run{Plans: []state.PlanRun{{File: file, Steps: []state.StepRun{{}}, Tasks: []state.TaskRun{{}}}}}),
	} {
		src, err := f()
		if err != nil {
			t.Fatal(name, err)
		}
		var doc any
		if err := json.Unmarshal(src, &doc); err != nil {
			t.Fatal(name, err)
		}
		eachKey(doc, func(key string, v any) {
			if word, ok := synonyms[key]; ok {
				t.Errorf("%s: %q is called %q elsewhere", name, key, word)
			}
			if text, ok := v.(string); ok && strings.HasSuffix(text, ".md") && key != "file" {
				t.Errorf("%s: the file %q is called %q", name, text, key)
			}
		})
	}
}

// eachKey calls f for all keys of a document, however deep.
func eachKey(v any, f func(key string, v any)) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			eachKey(e, f)
		}
	case map[string]any:
		for key, e := range v {
			f(key, e)
			eachKey(e, f)
		}
	}
}
