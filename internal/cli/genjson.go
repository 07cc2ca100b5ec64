package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// documentTypes are the JSON documents of all commands.
func documentTypes() []view.DocumentType {
	return append(view.DocumentTypes(),
		view.DocumentType{Kind: "RunList", From: "log", Type: reflect.TypeFor[runList]()},
		view.DocumentType{Kind: "Config", From: "config view", Type: reflect.TypeFor[configView]()},
		view.DocumentType{Kind: "HubTokens", From: "hub token list", Type: reflect.TypeFor[tokenList]()},
		view.DocumentType{Kind: "HubAudit", From: "hub audit", Type: reflect.TypeFor[auditList]()},
		view.DocumentType{Kind: "HubBackup", From: "hub restore", Type: reflect.TypeFor[hubBackup]()},
		view.DocumentType{Kind: "HubProbe", From: "hub probe", Type: reflect.TypeFor[hubProbe]()},
	)
}

// genJSON explains the keys of all JSON documents. What several have in common is explained where it comes first.
func genJSON(w io.Writer) error {
	fmt.Fprint(w, "Each document begins with `version`, which is 1, and its `kind`; see [compatibility.md](../compatibility.md).\n",
		"`[]` stands for the items of a list, `{}` for the values of a mapping.\n",
		"Lists are never null.\n",
		"Times are those of RFC 3339 in UTC, and days such as 2026-05-18.\n")
	g := jsonGuide{w: w, told: map[reflect.Type]string{}}
	for _, d := range documentTypes() {
		var from []string
		for one := range strings.SplitSeq(d.From, ", ") {
			from = append(from, "`"+one+"`")
		}
		fmt.Fprintf(w, "\n## %s\n\nOf %s.\n", d.Kind, d.From)
		if first := g.told[d.Type]; first != "" {
			fmt.Fprintf(w, "Its keys are those of %s.\n", first)
			continue
		}
		g.in = "[" + d.Kind + "](#" + strings.ToLower(d.Kind) + ")"
		g.told[d.Type] = g.in
		fmt.Fprint(w, "\n| key | type | |\n|---|---|---|\n")
		g.keys(d.Type, "")
	}
	return nil
}

// jsonGuide explains the keys of documents.
type jsonGuide struct {
	w    io.Writer
	in   string                  // the document
	told map[reflect.Type]string // where the keys of a type are explained
}

// keys explains the keys of a struct, each with the path to it.
func (g *jsonGuide) keys(t reflect.Type, path string) {
	for _, f := range jsonFields(t) {
		if path == "" && (f.name == "version" || f.name == "kind") {
			continue
		}
		of, at := held(f.Type, path+f.name)
		about := f.Tag.Get("doc")
		first := ""
		if isObject(of) {
			if first = g.told[of]; first != "" {
				about = strings.TrimPrefix(about+"; as "+first, "; ")
			} else {
				g.told[of] = g.in + " `" + at + "`"
			}
		}
		if f.optional {
			about = strings.TrimPrefix(about+"; left out where it is empty", "; ")
		}
		fmt.Fprintf(g.w, "| `%s` | %s | %s |\n", path+f.name, jsonType(f.Type), strings.ReplaceAll(about, "|", `\|`))
		if isObject(of) && first == "" {
			g.keys(of, at+".")
		}
	}
}

// jsonField is a key of a document.
type jsonField struct {
	reflect.StructField
	name     string
	optional bool
}

// jsonFields are the keys of a struct as package json writes them: of two with one name the outer one counts.
func jsonFields(t reflect.Type) []jsonField {
	var out []jsonField
	at := map[string]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || !f.IsExported() {
			continue
		}
		one := jsonField{f, name, strings.HasPrefix(options, "omit")}
		if i, twice := at[name]; twice {
			if len(f.Index) < len(out[i].Index) {
				out[i] = one
			}
			continue
		}
		at[name] = len(out)
		out = append(out, one)
	}
	return out
}

// held is what a list, a mapping or a pointer holds in the end, and the path to it.
func held(t reflect.Type, path string) (reflect.Type, string) {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
	case t.Kind() == reflect.Pointer:
		return held(t.Elem(), path)
	case t.Kind() == reflect.Slice:
		return held(t.Elem(), path+"[]")
	case t.Kind() == reflect.Map:
		return held(t.Elem(), path+".{}")
	}
	return t, path
}

func isObject(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t != reflect.TypeFor[time.Time]()
}

// jsonType says in a few words what a key holds.
func jsonType(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "a time"
	case t == reflect.TypeFor[json.RawMessage](), t.Kind() == reflect.Interface:
		return "any value"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return jsonType(t.Elem()) + " or null"
	case reflect.Slice:
		return "a list, each " + jsonType(t.Elem())
	case reflect.Map:
		return "a mapping, each " + jsonType(t.Elem())
	case reflect.Struct:
		return "an object"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Float32, reflect.Float64:
		return "a number"
	}
	return "a whole number"
}
