package strict

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// any decodes what a reader of Kubernetes' manifests sees: YAML 1.2's core schema, and 0644 as an octal number.
// Whole numbers are int64. What readers disagree about is told as a warning.
func (d *decoder) any(n *yaml.Node) any {
	n = resolve(n)
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		d.pairs(n, func(key, value *yaml.Node) {
			if d.enter(value) {
				m[key.Value] = d.any(value)
				d.leave()
			}
		})
		return m
	case yaml.SequenceNode:
		s := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			if !d.enter(c) {
				break
			}
			s = append(s, d.any(c))
			d.leave()
		}
		return s
	case yaml.ScalarNode:
		if d.takes(n, reflect.TypeFor[any]()) {
			return n.Value
		}
		return d.plain(n)
	}
	return nil
}

func (d *decoder) plain(n *yaml.Node) any {
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if b, ok := boolean(n.Value); ok {
			return b
		}
	case "!!int", "!!float":
		if v := d.number(n); v != nil {
			return v
		}
	}
	switch n.Value {
	case "yes", "no", "on", "off", "Yes", "No", "On", "Off", "YES", "NO", "ON", "OFF":
		if !isText(n) {
			d.warn(n, "a string, not as true or false")
		}
	}
	return n.Value
}

// number returns an int64 or a float64; nil where n is none.
func (d *decoder) number(n *yaml.Node) any {
	digits := strings.TrimLeft(n.Value, "+-")
	if n.ShortTag() == "!!int" {
		if i, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
			if len(digits) > 1 && digits[0] == '0' && digits[1] <= '9' || strings.Contains(digits, "_") {
				d.warn(n, fmt.Sprintf("the number %d", i))
			}
			return i
		}
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	if len(digits) > 1 && strings.Trim(digits, "0123456789") == "" { // 08, or beyond int64
		d.warn(n, fmt.Sprintf("the number %v", f))
	}
	return f
}

func (d *decoder) warn(n *yaml.Node, as string) {
	d.tell(Problem{
		Node: n, Code: "ambiguous-scalar", Message: fmt.Sprintf("%s is read as %s", n.Value, as),
		Hint: fmt.Sprintf("write %q if that is meant", n.Value), Warning: true,
	})
}
