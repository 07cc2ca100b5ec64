package strict

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

func (d *decoder) wrong(n *yaml.Node, hint, want string) {
	d.add(n, "wrong-type", hint, "wanted %s, found %s", want, Describe(n))
}

func (d *decoder) scalar(n *yaml.Node, v reflect.Value) {
	switch {
	case v.Kind() == reflect.String && n.Kind == yaml.MappingNode:
		d.wrong(n, quoted(n), typeWord(v.Type()))
	case IsNull(n):
		d.wrong(n, "leave the key out, or write a value", typeWord(v.Type()))
	case n.Kind != yaml.ScalarNode:
		d.wrong(n, "", typeWord(v.Type()))
	case v.Kind() == reflect.String:
		v.SetString(n.Value)
	case v.Kind() == reflect.Bool:
		d.bool(n, v)
	case v.CanInt(), v.CanUint():
		d.int(n, v)
	case v.CanFloat():
		d.float(n, v)
	default:
		panic("strict: no decoding of " + v.Type().String())
	}
}

// boolean returns what YAML 1.2 reads as true or false.
func boolean(s string) (b, ok bool) {
	switch s {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

func (d *decoder) bool(n *yaml.Node, v reflect.Value) {
	b, ok := boolean(n.Value)
	if ok && !isText(n) {
		v.SetBool(b)
		return
	}
	hint := ""
	switch strings.ToLower(n.Value) {
	case "true", "false":
		hint = "remove the quotes"
	case "yes", "on", "y":
		hint = "write true"
	case "no", "off", "n":
		hint = "write false"
	}
	d.wrong(n, hint, "true or false")
}

// number matches whole numbers without the digits that readers of YAML disagree about: leading zeros, underscores.
var number = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+|0o[0-7]+)$`) })

func (d *decoder) int(n *yaml.Node, v reflect.Value) {
	if !number().MatchString(n.Value) || isText(n) {
		d.wrong(n, numberHint(n), "a whole number")
		return
	}
	i, err := strconv.ParseInt(n.Value, 0, 64)
	switch {
	case err != nil || v.CanInt() && v.OverflowInt(i):
		d.add(n, "bad-value", "", "the number %s is too large", quote(n.Value))
	case v.CanInt():
		v.SetInt(i)
	case i < 0:
		d.add(n, "bad-value", "", "the number cannot be negative: %d", i)
	case v.OverflowUint(uint64(i)):
		d.add(n, "bad-value", "", "the number %s is too large", quote(n.Value))
	default:
		v.SetUint(uint64(i))
	}
}

func numberHint(n *yaml.Node) string {
	bare := strings.TrimLeft(strings.ReplaceAll(n.Value, "_", ""), "0")
	_, err := strconv.ParseUint(bare, 10, 63)
	switch {
	case isText(n) && number().MatchString(n.Value):
		return "remove the quotes"
	case err == nil && !isText(n) && bare != n.Value:
		return "write " + bare
	}
	return ""
}

func (d *decoder) float(n *yaml.Node, v reflect.Value) {
	f, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case err != nil || isText(n) || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(n.Value, "xX"):
		hint := ""
		if err == nil && isText(n) {
			hint = "remove the quotes"
		}
		d.wrong(n, hint, "a number")
	case v.OverflowFloat(f):
		d.add(n, "bad-value", "", "the number %s is too large", quote(n.Value))
	default:
		v.SetFloat(f)
	}
}
