package steps

import (
	"context"
	"net/url"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// httpArgs are the fields of an http step.
type httpArgs struct {
	URL       string               `yaml:"url" required:"true" doc:"http:// or https://, without a user or password"`
	Method    string               `yaml:"method" enum:"GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS" doc:"the request's method"`
	Status    []httpStatus         `yaml:"status" doc:"one or several of: 200, 2xx, any; unwritten: 200 where nothing else is expected, else any below 400"`
	Headers   map[string]Regexp    `yaml:"headers" doc:"each named header must be there and match, anywhere in its value; upper and lower case are alike in names"`
	Body      *Text                `yaml:"body" doc:"what the body must be and must not be"`
	JSON      any                  `yaml:"json" doc:"what the JSON body must hold at least: mappings by key, lists by containment"`
	Title     *string              `yaml:"title" doc:"the HTML title, literally, white space aside"`
	Select    map[string]cssSelect `yaml:"select" doc:"names values in the HTML by CSS selectors, for self.select; a single one must be there"`
	Follow    bool                 `yaml:"follow" doc:"follow redirects, at most 10"`
	Redirects []httpRedirect       `yaml:"redirects" doc:"the exact chain of redirects; implies follow"`
	Request   httpRequest          `yaml:"request" doc:"what is sent besides the method"`
	authURL   *url.URL             // what the credential is for; nil: the URL
	Auth      httpAuth             `yaml:"auth" doc:"the credential, where policy lets it go to this host; none is sent unless it is written"`
	Assets    bool                 `yaml:"assets" doc:"every script and stylesheet of the page's own origin answers 200 with its type"`
	MaxBody   int                  `yaml:"maxBody" doc:"how many bytes of the body are read"`
	netReach
}

// httpRedirect is one expected redirect.
type httpRedirect struct {
	Status int    `yaml:"status" doc:"301, 302, 303, 307 or 308; unwritten: any of them"`
	To     string `yaml:"to" required:"true" doc:"a path or a whole URL; the query counts where one is written"`
}

// httpSelf is what an http step saw.
type httpSelf struct {
	Status    int               `json:"status" doc:"the status of the last answer"`
	Headers   map[string]string `json:"headers" doc:"by lower-case name; several values joined with \", \""`
	Body      string            `json:"body" doc:"the body, as much of it as was read"`
	Truncated bool              `json:"truncated" doc:"the body is longer than maxBody"`
	JSON      any               `json:"json" doc:"the body as JSON; null where it is none"`
	Title     string            `json:"title" doc:"the page's title"`
	Redirects []httpHop         `json:"redirects" doc:"those that were followed"`
	URL       string            `json:"url" doc:"of the last answer"`
	Remote    string            `json:"remote" doc:"the address that answered"`
	Proto     string            `json:"proto" doc:"such as HTTP/1.1"`
	TLS       *httpTLS          `json:"tls,omitempty" doc:"the connection of the last answer; not there without TLS"`
	Duration  time.Duration     `json:"duration" doc:"how long it took altogether"`
	Select    map[string]any    `json:"select" doc:"what each expression of select found"`
	Assets    []httpAsset       `json:"assets" doc:"the scripts and stylesheets that were asked for"`
}

// httpHop is one redirect that was followed.
type httpHop struct {
	Status int    `json:"status" doc:"the status that led on"`
	URL    string `json:"url" doc:"where from"`
	To     string `json:"to" doc:"where to"`
}

// httpTLS is what the last answer's connection showed.
type httpTLS struct {
	Version  string   `json:"version" doc:"such as 1.3"`
	Issuer   string   `json:"issuer" doc:"who issued the server's certificate"`
	Names    []string `json:"names" doc:"that the certificate is for"`
	NotAfter string   `json:"notAfter" doc:"when the certificate ends, RFC 3339"`
}

// httpKind looks at one URL.
//
// What it makes of trouble: a refused, reset or closed connection, an answer that is no HTTP or no TLS, a certificate
// that does not verify, a body that breaks off, a redirect loop and a redirect to another scheme were seen, and fail.
// No answer in time, no route, a name that does not resolve, headers over 64 KiB and an expectation that needs more of
// the body than maxBody are unknown. A 401 in spite of a credential that was sent is an authentication error.
//
// Credentials, the Host header and all of the author's request headers but Accept, Accept-Language and User-Agent stay
// behind for good when a redirect leaves the origin; so does a body, by not following a 307 or 308 that would carry it.
func httpKind(d Deps) check.Kind {
	p := newHTTPPool()
	p.cluster = d.Cluster
	return p.kind()
}

func (p *httpPool) kind() check.Kind {
	return check.Define(check.Spec[httpArgs]{
		Name: "http",
		Doc:  "Expect an answer over HTTP: its status, headers, body, redirects and the files that a page needs.",
		Bare: "url",
		Example: `http: {url: "https://web.example/", follow: true, status: 200, title: Overview, redirects: [{status: 302, to: /dashboard/}]}
record: {server: 'self.headers["server"]'}`,
		Default: httpArgs{Method: "GET", MaxBody: 1 << 20},
		Self:    httpSelf{},
		Could:   []check.Capability{check.NetworkWrite, check.ClusterRead, check.ReadsFiles, check.ReadsSecrets},
		CapsOf:  httpCaps,
		Inside:  true,
		Check:   httpCheck,
		Target:  func(a httpArgs) string { return strings.TrimPrefix(a.Method+" ", "GET ") + withoutQuery(a.URL) },
		Host: func(a httpArgs) string {
			if u, err := url.Parse(a.URL); err == nil {
				return u.Hostname()
			}
			return ""
		},
		Rules: func(a httpArgs) []check.Rule { return a.Auth.rules() },
		Look:  p.look,
		Draft: p.draft,
	})
}

func httpCaps(a httpArgs) []check.Capability {
	caps := []check.Capability{check.Network}
	switch a.Method {
	case "POST", "PUT", "PATCH", "DELETE": // not safe, RFC 9110 section 9.2.1
		caps = append(caps, check.NetworkWrite)
	}
	if len(a.Auth.rules()) > 0 {
		caps = append(caps, check.ClusterRead)
	}
	if a.CA != "" {
		caps = append(caps, check.ReadsFiles)
	}
	if a.Auth.given() {
		caps = append(caps, check.ReadsSecrets)
	}
	return caps
}

func (p *httpPool) look(ctx context.Context, at check.Site, a httpArgs) (check.Result, error) {
	start := time.Now()
	v, err := p.visit(ctx, at, a)
	if err != nil {
		return check.Result{}, err
	}
	defer v.route.leave()
	r, err := v.look(ctx)
	if err != nil {
		return check.Result{}, err
	}
	v.seen.Duration = time.Since(start)
	r.Self = v.seen
	return r, nil
}

// withoutQuery shortens a URL to what may be shown of it: its query may hold anything.
func withoutQuery(raw string) string {
	raw, _, _ = strings.Cut(raw, "#")
	before, _, cut := strings.Cut(raw, "?")
	if cut {
		return before + "?…"
	}
	return raw
}
