package app

import (
	"maps"
	"reflect"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// configPart is the part of Schema that is no block of a plan.
const configPart = "config"

// free is the prefix of keys in blocks that are the author's.
const free = "x-"

// Schema returns the JSON Schema (draft 2020-12) of what wpctl reads in a workplan: the front matter, task and decision
// blocks, and lists of steps with every kind. The parts stand under $defs: frontMatter, task, decision, verify, step.
// Part chooses the one that a document is checked against; "" accepts any of the blocks. The part config is the
// configuration, and has none of them.
func (a *App) Schema(part string) map[string]any {
	front := strict.Schema(reflect.TypeFor[workplan.FrontMatter](), "", reflect.Value{})
	front["additionalProperties"] = true
	defs := map[string]any{
		"frontMatter": front,
		"task":        strict.Schema(reflect.TypeFor[workplan.TaskKeys](), free, reflect.Value{}),
		"decision":    strict.Schema(reflect.TypeFor[workplan.DecisionKeys](), free, reflect.Value{}),
		"verify":      map[string]any{"type": "array", "items": map[string]any{"$ref": "#/$defs/step"}, "minItems": 1},
		"step":        stepSchema(a.Kinds),
	}
	for _, part := range []string{"frontMatter", "task", "decision"} {
		a.speak(defs[part].(map[string]any))
	}
	out := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "wpctl workplan blocks, format 1",
		"$defs":   defs,
	}
	if part == configPart {
		out = strict.Schema(reflect.TypeFor[config.Settings](), "", reflect.Value{})
		out["$schema"], out["title"] = "https://json-schema.org/draft/2020-12/schema", "wpctl configuration, "+config.FileName
		return out
	}
	if part != "" {
		out["$ref"] = "#/$defs/" + part
		return out
	}
	var parts []any
	for _, name := range slices.Sorted(maps.Keys(defs)) {
		parts = append(parts, map[string]any{"$ref": "#/$defs/" + name})
	}
	out["anyOf"] = parts
	return out
}

// speak lets a block's status be said in the words of this repository's team.
func (a *App) speak(block map[string]any) {
	status := block["properties"].(map[string]any)["status"].(map[string]any)
	choice := status["anyOf"].([]any)[0].(map[string]any)
	var statuses []string
	for _, s := range choice["enum"].([]any) {
		statuses = append(statuses, s.(string))
	}
	var words []any
	for _, word := range a.Config.Words.With(statuses) {
		words = append(words, word)
	}
	choice["enum"] = words
}

// SchemaParts are the parts that Schema knows.
func SchemaParts() []string {
	return []string{configPart, "decision", "frontMatter", "step", "task", "verify"}
}

// stepSchema is the common keys of steps and exactly one kind.
func stepSchema(kinds *check.Registry) map[string]any {
	s := strict.Schema(reflect.TypeFor[workplan.StepKeys](), free, reflect.Value{})
	props := s["properties"].(map[string]any)
	var one []any
	for _, name := range kinds.Names() {
		k, _ := kinds.Kind(name)
		props[name] = kindSchema(k)
		one = append(one, map[string]any{"required": []any{name}})
	}
	s["oneOf"] = one
	return s
}

// kindSchema is the arguments of a kind, or its short form.
func kindSchema(k check.Kind) map[string]any {
	s := strict.Schema(k.Args, "", reflect.ValueOf(k.New()).Elem())
	s["description"] = k.Doc
	if k.Bare == "" {
		return s
	}
	delete(s, "description")
	return map[string]any{"description": k.Doc, "anyOf": []any{map[string]any{"type": "string"}, s}}
}
