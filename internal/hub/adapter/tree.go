package adapter

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
)

// node is a value of a body: text with expressions, a list, a mapping, or what it says.
type node struct {
	text   *expr.Template
	list   []*node
	fields map[string]*node
	value  any
}

func (c *compiler) tree(at string, v map[string]any, placed map[string]bool) *node {
	if v == nil {
		return nil
	}
	return c.node(at, v, placed)
}

func (c *compiler) node(at string, v any, placed map[string]bool) *node {
	switch v := v.(type) {
	case map[string]any:
		n := &node{fields: map[string]*node{}}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			n.fields[name] = c.node(at+"."+name, v[name], placed)
		}
		return n
	case []any:
		n := &node{list: []*node{}}
		for i, item := range v {
			n.list = append(n.list, c.node(at+"."+strconv.Itoa(i), item, placed))
		}
		return n
	case string:
		if !expr.HasTemplate(v) {
			return &node{value: v}
		}
		t := c.template(at, v)
		for _, key := range t.SelfKeys() {
			placed[key] = true
		}
		return &node{text: t}
	}
	return &node{value: v}
}

// eval makes the value; ok is false where it reads what is not said, and a mapping of nothing else is not said either.
func (n *node) eval(ctx context.Context, vars expr.Vars) (value any, ok bool, err error) {
	switch {
	case n.text != nil:
		value, err := n.text.Eval(ctx, vars)
		if errors.Is(err, expr.ErrMissing) {
			return nil, false, nil
		}
		return value, err == nil, err
	case n.fields != nil:
		out := map[string]any{}
		for name, child := range n.fields {
			value, ok, err := child.eval(ctx, vars)
			if err != nil {
				return nil, false, err
			}
			if ok {
				out[name] = value
			}
		}
		return out, len(out) > 0 || len(n.fields) == 0, nil
	case n.list != nil:
		out := []any{}
		for _, child := range n.list {
			value, ok, err := child.eval(ctx, vars)
			if err != nil {
				return nil, false, err
			}
			if ok {
				out = append(out, value)
			}
		}
		return out, len(out) > 0 || len(n.list) == 0, nil
	}
	return n.value, true, nil
}
