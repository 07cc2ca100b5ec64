package adapter

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
)

// route is a method and an address with places for values.
type route struct {
	method string
	path   string
	query  []parameter
}

type parameter struct{ name, value string }

var (
	place = regexp.MustCompile(`\{([a-z_]+)\}`)
	plain = regexp.MustCompile(`^[A-Za-z0-9._~!$&'()*+,;=:@/{}-]*$`)
)

// parseRoute reads "PATCH /api/tasks/{ref}?full=1".
func parseRoute(s string, methods ...string) (*route, error) {
	method, address, _ := strings.Cut(strings.TrimSpace(s), " ")
	if !slices.Contains(methods, method) {
		return nil, fmt.Errorf("wanted %s and a path, such as `%s /api/tasks`", strings.Join(methods, ", "), methods[0])
	}
	path, query, _ := strings.Cut(strings.TrimSpace(address), "?")
	switch {
	case !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//"):
		return nil, errors.New("the path begins with one /")
	case !plain.MatchString(path):
		return nil, errors.New("the path has letters, digits, signs that need no escape, and {places}")
	}
	for _, part := range strings.Split(path, "/") {
		if part == "." || part == ".." {
			return nil, errors.New("the path has no . and no .. in it")
		}
	}
	r := &route{method: method, path: path}
	for _, pair := range strings.Split(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil || strings.ContainsAny(query, "#\\ ") {
			return nil, errors.New("the part after ? is NAME=VALUE with & between")
		}
		r.query = append(r.query, parameter{name, value})
	}
	if rest := place.ReplaceAllString(path, ""); strings.ContainsAny(rest, "{}") {
		return nil, errors.New("a place is {name}, in small letters")
	}
	return r, nil
}

// has says whether the route has a place of that name.
func (r *route) has(name string) bool {
	if strings.Contains(r.path, "{"+name+"}") {
		return true
	}
	return slices.ContainsFunc(r.query, func(p parameter) bool { return strings.Contains(p.value, "{"+name+"}") })
}

// at is the address below a hub's, with values in their places. A value is one part of the path, whatever it holds;
// a parameter without a value is left out.
func (r *route) at(address string, values map[string]any) (string, error) {
	var missing string
	fill := func(text string, escape func(string) string, need bool) string {
		return place.ReplaceAllStringFunc(text, func(p string) string {
			name := p[1 : len(p)-1]
			value := ""
			if v := values[name]; v != nil {
				value = expr.Text(v)
			}
			if need && value == "" {
				missing = name
			}
			return escape(value)
		})
	}
	var parts []string
	for _, part := range strings.Split(r.path, "/") {
		filled := fill(part, url.PathEscape, true)
		if filled == "." || filled == ".." {
			return "", fmt.Errorf("%q is no part of a path", filled)
		}
		parts = append(parts, filled)
	}
	if missing != "" {
		return "", fmt.Errorf("there is no {%s} for %s", missing, r)
	}
	query := url.Values{}
	for _, p := range r.query {
		value := fill(p.value, func(s string) string { return s }, false)
		if value != "" || p.value == "" {
			query.Add(p.name, value)
		}
	}
	out := address + strings.Join(parts, "/")
	if len(query) > 0 {
		out += "?" + query.Encode()
	}
	return out, nil
}

func (r *route) String() string { return r.method + " " + r.path }

// writes are methods that change something; there is none that takes away.
var writes = []string{http.MethodPost, http.MethodPut, http.MethodPatch}
