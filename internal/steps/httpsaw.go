package steps

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// maxShown bounds a body that is shown whole.
const maxShown = 80

// saw tells the way to the answer and what it is, in stable facts: of a body only what the step pins down,
// or a title or a short body without digits, since numbers tend to be times and counters.
func (v *httpVisit) saw() string {
	var b strings.Builder
	if chain := v.chainSaw(); chain != "" {
		b.WriteString(chain + " → ")
	}
	fmt.Fprint(&b, v.seen.Status)
	if to := v.seen.Headers["location"]; to != "" && isRedirect(v.seen.Status) {
		here, _ := url.Parse(v.seen.URL)
		b.WriteString(" → " + shortURL(to, here))
	}
	switch text := jsonText(v.args.JSON); {
	case v.args.Title != nil:
		b.WriteString(", title " + Quote(v.seen.Title))
	case v.args.JSON != nil && len(text) <= maxShown && v.seen.JSON != nil && len(matchJSON("", v.args.JSON, v.seen.JSON)) == 0:
		b.WriteString(" " + text)
	case v.isHTML() && v.seen.Title != "" && showable(v.seen.Title):
		b.WriteString(", title " + Quote(v.seen.Title))
	case v.args.JSON == nil && !v.isHTML() && v.seen.Body != "" && showable(v.seen.Body):
		b.WriteString(" " + strings.TrimSpace(v.seen.Body))
	}
	if n := len(v.seen.Assets); n > 0 {
		fmt.Fprintf(&b, ", scripts and stylesheets: %d", n)
	}
	return b.String()
}

// chainSaw tells the redirects: "302 → /dashboard/".
func (v *httpVisit) chainSaw() string {
	var out []string
	for _, hop := range v.seen.Redirects {
		base, _ := url.Parse(hop.URL)
		out = append(out, fmt.Sprintf("%d → %s", hop.Status, shortURL(hop.To, base)))
	}
	return strings.Join(out, " → ")
}

func showable(body string) bool {
	body = strings.TrimSpace(body)
	return len(body) <= maxShown && strings.IndexFunc(body, func(r rune) bool {
		return r < ' ' || r == unicode.ReplacementChar || unicode.IsDigit(r)
	}) < 0
}

// shortURL writes a URL as seen from base: only its path within the origin, and never its query, which may
// hold anything and differ each time.
func shortURL(raw string, base *url.URL) string {
	u, err := url.Parse(raw)
	if err == nil && base != nil {
		u = base.ResolveReference(u)
	}
	if err != nil || u.Host == "" {
		return Quote(withoutQuery(raw))
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	if base != nil && u.Scheme == base.Scheme && hostPort(u) == hostPort(base) {
		u.Scheme, u.Host = "", ""
		if u.Path == "" {
			u.Path = "/"
		}
	}
	return withoutQuery(u.String())
}

// why names the likely causes of what was seen.
func (v *httpVisit) why() (out []string) {
	add := func(s string) { out = append(out, s) }
	status, wanted := v.seen.Status, anyStatus(v.args.Status, v.seen.Status)
	switch {
	case wanted:
	case status == 405 && v.args.Method == http.MethodHead && slices.Contains(v.allowed(), "GET"):
		add("HEAD is not allowed here; GET is")
	case status == 405 && len(v.allowed()) > 0:
		add(v.args.Method + " is not allowed here; allowed: " + strings.Join(v.allowed(), ", "))
	case status == 401 && v.seen.Headers["www-authenticate"] != "":
		scheme, _, _ := strings.Cut(v.seen.Headers["www-authenticate"], " ")
		add("it wants a credential: " + scheme)
	case isRedirect(status) && !v.args.follows():
		add("it redirects, and follow is not set")
	case status == 400 && v.first.Scheme == "http" && strings.Contains(v.seen.Body, "HTTPS"):
		add("this port speaks https://, not http://")
	case status == 404 && strings.TrimSpace(v.seen.Body) == "404 page not found":
		add("Traefik and Go servers say so where no route matches the host and path")
	case status == 502 || status == 503 || status == 504:
		add("a gateway says so where what is behind it is down or not ready")
	}
	if v.args.JSON != nil && v.seen.JSON == nil && v.mediaType() != "" && !v.isJSON() {
		add("the content type is " + v.mediaType())
	}
	if (v.args.Title != nil || len(v.args.Select) > 0) && !v.isHTML() {
		add("the content type is " + Quote(v.mediaType()) + ", not text/html")
	}
	return out
}

func (v *httpVisit) allowed() (out []string) {
	for one := range strings.SplitSeq(v.seen.Headers["allow"], ",") {
		if one = strings.TrimSpace(one); one != "" {
			out = append(out, strings.ToUpper(one))
		}
	}
	return out
}
