package steps

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
	"golang.org/x/net/http/httpguts"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// httpStatus is a status code, or a class of them.
type httpStatus struct {
	src    string
	lo, hi int
}

// UnmarshalNode reads 200, 2xx or any.
func (s *httpStatus) UnmarshalNode(n *yaml.Node) error {
	v := strings.ToLower(n.Value)
	code, err := strconv.Atoi(v)
	switch {
	case n.Kind != yaml.ScalarNode:
		return fmt.Errorf("wanted a status such as 200 or 2xx, found %s", strict.Describe(n))
	case v == "any":
		*s = httpStatus{"any", 100, 999}
	case len(v) == 3 && v[0] >= '1' && v[0] <= '5' && v[1:] == "xx":
		lo := int(v[0]-'0') * 100
		*s = httpStatus{v, lo, lo + 99}
	case err == nil && code >= 100 && code <= 999:
		*s = httpStatus{v, code, code}
	default:
		return fmt.Errorf("%s is no status: write a code such as 200, a class such as 2xx, or any", strict.Describe(n))
	}
	return nil
}

// DescribeType tells how a status is written.
func (*httpStatus) DescribeType() (string, map[string]any) {
	return "a status code, a class such as 2xx, or any", map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": 100, "maximum": 999},
		map[string]any{"type": "string", "pattern": `^([1-5][xX][xX]|[1-9][0-9][0-9]|any)$|\$\{\{`},
	}}
}

func anyStatus(wanted []httpStatus, code int) bool {
	return slices.ContainsFunc(wanted, func(s httpStatus) bool { return s.lo <= code && code <= s.hi })
}

// httpRequest is what is sent besides the method.
type httpRequest struct {
	Headers map[string]string `yaml:"headers" doc:"request headers; Host sets the virtual host"`
	Body    string            `yaml:"body" doc:"the body as it stands"`
	Form    map[string]string `yaml:"form" doc:"the body as an HTML form sends it"`
	JSON    any               `yaml:"json" doc:"the body as JSON"`
}

// parseTarget reads the URL of a step or of a redirect.
func parseTarget(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("no URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the URL must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the URL has no host")
	case u.Port() != "" && !validPort(u.Port()):
		return nil, fmt.Errorf("%q is no port", u.Port())
	}
	return u, nil
}

// httpCheck tells of mistakes in the arguments.
// An empty URL is passed over: it may be filled in later, and a look without one is an error.
func httpCheck(a httpArgs) []check.Problem {
	out := a.netReach.check()
	add := func(message, hint string, path ...any) {
		out = append(out, check.Problem{Path: path, Message: message, Hint: hint})
	}
	if a.URL != "" {
		if u, err := parseTarget(a.URL); err != nil {
			add(err.Error(), "write it as in https://web.example/health/", "url")
		} else if u.User != nil {
			add("a URL with a user or password shows them to every reader", "use auth, with names of the environment", "url")
		} else if !a.follows() {
			out = append(out, a.netReach.checkFor(hostPort(u))...)
		}
	}
	for i, r := range a.Redirects {
		if r.Status != 0 && !isRedirect(r.Status) {
			add(fmt.Sprintf("%d is no redirect", r.Status), "one of 301, 302, 303, 307, 308", "redirects", i, "status")
		}
	}
	if a.MaxBody < 1 || a.MaxBody > 64<<20 {
		add("maxBody must lie between 1 and 67108864 bytes", "", "maxBody")
	}
	if a.Method == "HEAD" && (a.Body != nil || a.needsBody()) {
		add("an answer to HEAD has no body", "use method: GET", "method")
	}
	return append(append(out, a.Request.check(a.Method)...), a.Auth.check(a.Request)...)
}

func (r httpRequest) check(method string) (out []check.Problem) {
	kinds := 0
	for _, given := range []bool{r.Body != "", r.Form != nil, r.JSON != nil} {
		if given {
			kinds++
		}
	}
	if kinds > 1 {
		out = append(out, check.Problem{Path: []any{"request"}, Message: "a request has one body", Hint: "keep one of body, form and json"})
	}
	if kinds > 0 && (method == "GET" || method == "HEAD") {
		out = append(out, check.Problem{Path: []any{"request"}, Message: method + " sends no body", Hint: "write method: POST"})
	}
	for name, value := range r.Headers {
		at := []any{"request", "headers", name}
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			out = append(out, check.Problem{Path: at, Message: fmt.Sprintf("%q is no name of a header", name)})
		case !httpguts.ValidHeaderFieldValue(value):
			out = append(out, check.Problem{Path: at, Message: "a header's value is one line of printable text"})
		case slices.Contains([]string{"connection", "content-length", "transfer-encoding", "upgrade", "te", "trailer"}, strings.ToLower(name)):
			out = append(out, check.Problem{Path: at, Message: fmt.Sprintf("%s belongs to the connection and cannot be set", name)})
		}
	}
	slices.SortFunc(out, func(x, y check.Problem) int { return strings.Compare(fmt.Sprint(x.Path), fmt.Sprint(y.Path)) })
	return out
}

// needsBody tells whether something is expected of the body.
func (a httpArgs) needsBody() bool {
	return a.Body != nil || a.JSON != nil || a.Title != nil || len(a.Select) > 0 || a.Assets
}
