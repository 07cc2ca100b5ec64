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
		view.DocumentType{Kind: "RunList", Type: reflect.TypeFor[runList](), From: []string{"log"}},
		view.DocumentType{Kind: "Config", Type: reflect.TypeFor[configView](), From: []string{"config view"}},
		view.DocumentType{Kind: "HubTokens", Type: reflect.TypeFor[tokenList](), From: []string{"hub token list"}},
		view.DocumentType{Kind: "HubAudit", Type: reflect.TypeFor[auditList](), From: []string{"hub audit"}},
		view.DocumentType{Kind: "HubBackup", Type: reflect.TypeFor[hubBackup](), From: []string{"hub restore"}},
		view.DocumentType{Kind: "HubProbe", Type: reflect.TypeFor[hubProbe](), From: []string{"hub probe"}},
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
		from := make([]string, len(d.From))
		for i, command := range d.From {
			from[i] = "`wpctl " + command + "`"
		}
		of := []string{"Of " + strings.Join(from, ", ")}
		if d.Also != "" {
			of = append(of, d.Also)
		}
		fmt.Fprintf(w, "\n## %s\n\n%s.\n", d.Kind, strings.Join(of, ", "))
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
