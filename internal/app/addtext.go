package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// stepWidth is how long a line of a step becomes before it is parted.
const stepWidth = 110

// stepText is a step in YAML, without its dash.
func stepText(kind check.Kind, req AddRequest, fields []check.Field, assert []string) string {
	var out strings.Builder
	if req.Name != "" {
		out.WriteString("name: " + workplan.Scalar(req.Name) + "\n")
	}
	if short := kind.Name + ": " + flowFields(fields); len(short) <= stepWidth {
		if len(fields) == 1 && fields[0].Key == kind.Bare {
			short = kind.Name + ": " + workplan.Scalar(fmt.Sprint(fields[0].Value))
		}
		out.WriteString(short + "\n")
	} else {
		out.WriteString(kind.Name + ":\n")
		for _, f := range fields {
			blockField(&out, "  ", f.Key, f.Value)
		}
	}
	if req.Cluster != "" {
		out.WriteString("cluster: " + workplan.Scalar(req.Cluster) + "\n")
	}
	if len(assert) > 0 {
		out.WriteString("assert:\n")
		for _, a := range assert {
			out.WriteString("  - '" + strings.ReplaceAll(a, "'", "''") + "'\n")
		}
	}
	return out.String()
}

// blockField writes a field over as many lines as it takes.
func blockField(out *strings.Builder, indent, key string, v any) {
	line := indent + flowScalar(key) + ": " + flow(v)
	list, isList := v.([]any)
	m, isMap := v.(map[string]any)
	switch {
	case len(line) <= stepWidth, !isMap && !isList:
		out.WriteString(line + "\n")
	case isMap:
		out.WriteString(indent + flowScalar(key) + ":\n")
		for _, k := range slices.Sorted(maps.Keys(m)) {
			blockField(out, indent+"  ", k, m[k])
		}
	default:
		out.WriteString(indent + flowScalar(key) + ":\n")
		for _, item := range list {
			out.WriteString(indent + "  - " + flow(item) + "\n")
		}
	}
}

// flowFields writes fields in braces.
func flowFields(fields []check.Field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = flowScalar(f.Key) + ": " + flow(f.Value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// flow writes a value in one line of YAML.
func flow(v any) string {
	switch x := v.(type) {
	case string:
		return flowScalar(x)
	case map[string]any:
		parts := make([]string, 0, len(x))
		for _, k := range slices.Sorted(maps.Keys(x)) {
			parts = append(parts, flowScalar(k)+": "+flow(x[k]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		parts := make([]string, len(x))
		for i, item := range x {
			parts[i] = flow(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case nil:
		return "null"
	}
	return fmt.Sprint(v)
}

// plainFlow are texts that every reader of YAML takes for themselves, in braces too.
var plainFlow = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z/][A-Za-z0-9_./-]*$`) })

// flowScalar writes a text as it stands in braces, in quotes where it needs them.
func flowScalar(s string) string {
	if plainFlow().MatchString(s) && workplan.Scalar(s) == s || s != "" && strings.HasPrefix(s, "/") && plainFlow().MatchString(s) {
		return s
	}
	var b bytes.Buffer // JSON's strings are YAML's
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can
	return strings.TrimSpace(b.String())
}
