package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxRedirects bounds a chain of redirects.
const maxRedirects = 10

// httpVisit is one look at a URL while it goes on.
type httpVisit struct {
	args        httpArgs
	at          check.Site
	route       *httpRoute
	auth        string // the Authorization header
	body        []byte
	contentType string
	first       *url.URL

	stage  httpStage
	bare   bool // a redirect has left the origin: what the author gave for it is no longer sent
	seen   httpSelf
	cut    string // why the chain of redirects ended early
	raw    []byte // the body's bytes
	noJSON error  // why the body is no JSON
	broken string // how the body broke off
}

// encode returns the request's body and its content type.
func (r httpRequest) encode() (body []byte, contentType string, err error) {
	switch {
	case r.JSON != nil:
		body, err = json.Marshal(r.JSON)
		return body, "application/json", err
	case r.Form != nil:
		form := url.Values{}
		for name, value := range r.Form {
			form.Set(name, value)
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
	case r.Body != "":
		return []byte(r.Body), "text/plain; charset=utf-8", nil
	}
	return nil, "", nil
}

// request makes one request of the chain.
func (v *httpVisit) request(ctx context.Context, method string, u *url.URL, withBody bool) (*http.Request, error) {
	var body io.Reader
	if withBody && len(v.body) > 0 {
		body = bytes.NewReader(v.body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", "wpctl")
	if body != nil {
		req.Header.Set("Content-Type", v.contentType)
	}
	for name, value := range v.args.Request.Headers {
		name = http.CanonicalHeaderKey(name)
		switch {
		case v.bare && !slices.Contains([]string{"Accept", "Accept-Language", "User-Agent"}, name):
		case name == "Host":
			req.Host = value
		case name != "Content-Type" || body != nil:
			req.Header.Set(name, value)
		}
	}
	if v.auth != "" && !v.bare {
		req.Header.Set("Authorization", v.auth)
	}
	return req, nil
}

// walk asks for the URL and follows redirects where the step says so.
// The answer that it ends with has its body still unread.
func (v *httpVisit) walk(ctx context.Context) (*http.Response, error) {
	method, u, withBody := v.args.Method, v.first, true
	for {
		v.seen.URL = u.String()
		req, err := v.request(v.stage.trace(ctx, u), method, u, withBody)
		if err != nil {
			return nil, err
		}
		resp, err := v.route.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		next, stay := v.next(resp, u, withBody && len(v.body) > 0)
		if stay {
			return resp, nil
		}
		v.stage.reach(stageBody)
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
		resp.Body.Close()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		v.seen.Redirects = append(v.seen.Redirects, httpHop{resp.StatusCode, u.String(), next.String()})
		if resp.StatusCode < 307 && method != http.MethodHead {
			method, withBody = http.MethodGet, false // as browsers do, and net/http
		}
		v.bare = v.bare || !sameOrigin(u, next)
		u = next
	}
}

// next tells where an answer leads, or that the chain ends with it.
func (v *httpVisit) next(resp *http.Response, u *url.URL, carriesBody bool) (next *url.URL, stay bool) {
	location := resp.Header.Get("Location")
	if !v.args.follows() || !isRedirect(resp.StatusCode) || location == "" {
		return nil, true
	}
	next, err := u.Parse(location)
	if err == nil {
		next.User, next.Fragment, next.RawFragment = nil, "", ""
		nameQuerySecrets(v.at, next)
		_, err = parseTarget(next.String())
	}
	switch {
	case err != nil:
		v.cut = "a redirect to " + shortURL(location, u) + " is not followed: it is no http or https URL"
	case len(v.seen.Redirects) >= maxRedirects:
		v.cut = v.tooMany()
	case resp.StatusCode >= 307 && carriesBody && !sameOrigin(u, next):
		v.cut = "a redirect to " + shortURL(next.String(), u) + " is not followed: it would take the request's body to another origin"
	}
	return next, v.cut != ""
}

// tooMany says why a chain is too long. A URL that comes twice may be right, once: a server may count.
func (v *httpVisit) tooMany() string {
	seen := map[string]bool{}
	for _, hop := range v.seen.Redirects {
		if seen[hop.URL] {
			return "a redirect loop through " + shortURL(hop.URL, v.first)
		}
		seen[hop.URL] = true
	}
	return "more than 10 redirects"
}

func (a httpArgs) follows() bool { return a.Follow || a.Redirects != nil }

func isRedirect(status int) bool {
	return slices.Contains([]int{301, 302, 303, 307, 308}, status)
}

// sameOrigin tells whether what was given for a may be sent to b: the same host, and the same scheme and port
// or the step from plain HTTP to HTTPS on their own ports.
func sameOrigin(a, b *url.URL) bool {
	if !strings.EqualFold(a.Hostname(), b.Hostname()) {
		return false
	}
	upgrade := a.Scheme == "http" && b.Scheme == "https" && strings.HasSuffix(hostPort(a), ":80") && strings.HasSuffix(hostPort(b), ":443")
	return upgrade || a.Scheme == b.Scheme && hostPort(a) == hostPort(b)
}
