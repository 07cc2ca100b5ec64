package view

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// TestYAMLSaysTheSame: what a document says in YAML is what it says in JSON, whatever is in it.
func TestYAMLSaysTheSame(t *testing.T) {
	words := rapid.OneOf(rapid.SampledFrom([]string{"", "yes", "null", "012", "1.10", "2026-05-01", "- a", "a: b", "# c", "|", "a\nb\n", " a ", "\u00fc", "\"", "'", "~", "!x", "{}", "[]"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		items := []app.TaskItem{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			items = append(items, app.TaskItem{ID: words.Draw(t, "id"), Title: words.Draw(t, "title"), Labels: rapid.SliceOf(words).Draw(t, "labels"), Line: 3})
		}
		doc, err := ListJSON("TaskList", items)
		if err != nil {
			t.Fatal(err)
		}
		var want, got any
		if err := json.Unmarshal(doc, &want); err != nil {
			t.Fatal(err)
		}
		out, err := asYAML(doc)
		if err == nil {
			err = yaml.Unmarshal(out, &got)
		}
		back, _ := json.Marshal(got)
		_ = json.Unmarshal(back, &got)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%v\n%s\n%s", err, doc, out)
		}
	})
}

// TestDocumentsHoldNoCommands: control characters that are in what is listed do not reach the terminal by a template.
func TestDocumentsHoldNoCommands(t *testing.T) {
	doc, err := ListJSON("TaskList", []app.TaskItem{{Title: "a\x1b[2Jb\u202e##[error]c\nd"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "yaml", "jsonpath=items[0].title", "jsonpath={.items[*].title}", "go-template={{range .items}}{{.title}}{{end}}"} {
		if err := CheckFormat(format, "table"); err != nil {
			t.Error(err)
		}
		var b bytes.Buffer
		if err := Document(&b, doc, format); err != nil {
			t.Error(err)
		}
		if s := b.String(); !strings.Contains(s, "2Jb") || strings.ContainsAny(s, "\x1b\u202e") || strings.Contains(s, "##[") {
			t.Errorf("%s prints %q", format, s)
		}
	}
}
