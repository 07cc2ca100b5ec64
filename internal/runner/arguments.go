package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// bind completes the arguments with what earlier steps recorded, and asks policy.
func (l *looking) bind(ctx context.Context) bool {
	s := l.step
	l.args = s.args
	if l.args == nil {
		args, err := l.expand(ctx)
		if err != nil {
			return l.end(check.Unknown, err.Error())
		}
		l.args = args
	}
	caps := s.Kind.Needs(l.args)
	if changes(caps) && !s.acts {
		l.rep.Policy = true
		return l.end(check.Skipped, "what it does is known only now, and it runs code or writes: nobody was asked")
	}
	if err := l.Allow(s, s.withInside(caps)); err != nil {
		l.rep.Policy = true
		return l.end(check.Skipped, err.Error())
	}
	site, err := l.Site(s)
	if err != nil {
		return l.end(check.Unknown, err.Error())
	}
	site.Plan, site.Step, site.Digest, site.Namespace = s.Plan.ID.Text, s.Title, s.Digest, s.Namespace
	if s.Task != nil {
		site.Task = s.Task.ID.Text
	}
	site.Changed = s.Kind.Changed(l.args)
	site.Warn = func(format string, args ...any) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
	}
	l.site = site
	return true
}

// expand decodes the arguments again, with the values of their expressions in place.
func (l *looking) expand(ctx context.Context) (any, error) {
	node, err := l.fill(ctx, l.step.Args)
	if err != nil {
		return nil, err
	}
	args := l.step.Kind.New()
	for _, p := range strict.Decode(bare(l.step.Kind, node), args, strict.Options{}) {
		if !p.Warning {
			return nil, fmt.Errorf("the value of an expression does not fit: %s", p.Message)
		}
	}
	if problems := l.step.Kind.Check(args); len(problems) > 0 {
		return nil, fmt.Errorf("the value of an expression does not fit: %s", problems[0].Message)
	}
	if len(l.step.Assert) == 0 && l.step.Kind.Open(args) {
		return nil, errors.New("the value of an expression is empty, and without it this look expects nothing")
	}
	return args, nil
}

// fill copies a node with its templates replaced by their values.
func (l *looking) fill(ctx context.Context, n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if t := l.step.templates[n]; t != nil {
		v, err := t.Eval(ctx, l.vars)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", n.Value, expressionError(err))
		}
		return valueNode(v, n)
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		filled, err := l.fill(ctx, c)
		if err != nil {
			return nil, err
		}
		out.Content[i] = filled
	}
	return &out, nil
}

// valueNode writes a value as a node that stands where at stands.
func valueNode(v any, at *yaml.Node) (*yaml.Node, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return nil, fmt.Errorf("use the value of %s: %w", at.Value, err)
	}
	n.Line, n.Column = at.Line, at.Column
	return &n, nil
}

func expressionError(err error) string {
	if errors.Is(err, expr.ErrUnrecorded) {
		return "a value was not recorded: " + strings.TrimSuffix(err.Error(), ": "+expr.ErrMissing.Error())
	}
	return err.Error()
}
