package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"
	"github.com/andybalholm/cascadia"
	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func newHTTPLooker(t *testing.T) *netLooker {
	t.Helper()
	pool := newHTTPPool()
	pool.cluster = secretsOnly{values: map[string]map[string]string{"web/api": {"username": "demo", "password": "open-sesame", "token": "open-sesame", "other": "close-sesame"}}}
	t.Cleanup(pool.close)
	l := newNetLooker(t, pool.kind())
	l.vars["SITE"] = l.web(t, "AT", testsrv.Site()).URL
	l.vars["ELSEWHERE"] = l.web(t, "ELSEWHERE_AT", testsrv.Site()).URL
	return l
}

func TestHTTP(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	l.vars["CLOSED"] = testsrv.ClosedAddr
	l.run(t, []netRow{
		{"bare", `{url: $SITE/health/}`, `passed: 200 {"status":"ok"}`},
		{"the default is 200", `{url: $SITE/}`, "failed: status 200 | 302 → /dashboard/ | it redirects, and follow is not set"},
		{"status", `{url: $SITE/, status: 302}`, "passed: 302 → /dashboard/"},
		{"several", `{url: $SITE/, status: [200, 3xx]}`, "passed: 302 → /dashboard/"},
		{"any status", `{url: $SITE/down/, status: any}`, `passed: 503 {"status":"down"}`},
		{"another status", `{url: $SITE/down/, status: 2xx}`, `failed: status 2xx | 503 {"status":"down"} | a gateway says so where what is behind it is down or not ready`},
		{"an error is never what was meant", `{url: $SITE/down/, json: {status: down}}`, `failed: a status below 400 | 503 {"status":"down"} | a gateway says so where what is behind it is down or not ready`},
		{"no route", `{url: $SITE/nowhere}`, "failed: status 200 | 404 | Traefik and Go servers say so where no route matches the host and path"},
		{"HEAD is not allowed", `{url: $SITE/health/, method: HEAD, status: 200}`, "failed: status 200 | 405 | HEAD is not allowed here; GET is"},
		{"HEAD, and that is right", `{url: $SITE/health/, method: HEAD, status: 405}`, "passed: 405"},
		{"headers", `{url: $SITE/dashboard/, headers: {Content-Type: "text/html.*"}}`, `passed: 200, title "Übersicht"`},
		{"another header", `{url: $SITE/dashboard/, headers: {content-type: json, x-frame-options: DENY}}`, `failed: header content-type matches "json"; header x-frame-options matches "DENY" | 200, title "Übersicht"; content-type: "text/html; charset=utf-8"; x-frame-options: nothing`},
		{"body", `{url: $SITE/dashboard/, body: {contains: [hx-boost], lacks: [Traceback]}}`, `passed: 200, title "Übersicht"`},
		{"another body", `{url: $SITE/down/, status: 503, body: {equals: up}}`, `failed: body equals "up" | 503 {"status":"down"}; "{\"status\":\"down\"}"`},
		{"JSON", `{url: $SITE/health/, json: {status: ok}}`, `passed: 200 {"status":"ok"}`},
		{"other JSON", `{url: $SITE/health/, json: {status: fine}}`, `failed: json.status "fine" | 200; json.status "ok"`},
		{"no JSON", `{url: $SITE/dashboard/, json: {status: ok}}`, `failed: a JSON body | 200, title "Übersicht"; no JSON: invalid character '<' looking for beginning of value | the content type is text/html`},
		{"title", `{url: $SITE/dashboard/, title: Übersicht}`, `passed: 200, title "Übersicht"`},
		{"title in Latin 1", `{url: $SITE/latin1, title: Übersicht}`, `passed: 200, title "Übersicht"`},
		{"another title", `{url: $SITE/dashboard/, title: Overview}`, `failed: title "Overview" | 200, title "Übersicht"`},
		{"select", `{url: $SITE/dashboard/, select: {head: "#head", next: {css: a.next, attr: href}, items: {css: li, all: true}}}`, `passed: 200, title "Übersicht"`},
		{"select nothing", `{url: $SITE/dashboard/, select: {head: "#foot"}}`, `failed: select.head matches "#foot" | 200, title "Übersicht"; select.head matches nothing`},
		{"assets", `{url: $SITE/dashboard/, assets: true}`, `passed: 200, title "Übersicht", scripts and stylesheets: 2`},
		{"broken assets", `{url: $SITE/broken-page/, assets: true}`, `failed: every script and stylesheet answers 200 with its type | 200, scripts and stylesheets: 2; /dashboard/: content type "text/html; charset=utf-8" for a stylesheet; /static/missing.js: 404`},
		{"no assets", `{url: $SITE/latin1, assets: true}`, `failed: scripts or stylesheets of the page's own origin | 200, title "Übersicht"; the page names none`},
		{"refused", `{url: "http://$CLOSED/"}`, "failed: an answer from $CLOSED | connection refused | nothing listens there"},
		{"https on a plain port", `{url: "https://$AT/"}`, "failed: an answer from $AT | plain HTTP instead of TLS | this port speaks http://, not https://"},
		{"body over the bound", `{url: $SITE/long}`, "passed: 200"},
		{"contains within the bound", `{url: $SITE/long, body: {contains: abcde}}`, "passed: 200"},
		{"lacks, found within the bound", `{url: $SITE/long, body: {lacks: "^012"}}`, `failed: body lacks "^012" | 200; "0123456789abcde"`},
		{"lacks needs all", `{url: $SITE/long, body: {lacks: Traceback}}`, "error: the body is longer than the 1048576 bytes that are read, and body needs the rest: raise maxBody"},
		{"the whole body", `{url: $SITE/long, body: {lacks: Traceback}, maxBody: 3000000}`, "passed: 200"},
	})
}

func TestHTTPRedirects(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	l.run(t, []netRow{
		{"followed", `{url: $SITE/, follow: true, title: Übersicht}`, `passed: 302 → /dashboard/ → 200, title "Übersicht"`},
		{"the chain", `{url: $SITE/, redirects: [{status: 302, to: /dashboard/}]}`, `passed: 302 → /dashboard/ → 200, title "Übersicht"`},
		{"the chain by URL", `{url: $SITE/, redirects: [{to: $SITE/dashboard/}]}`, `passed: 302 → /dashboard/ → 200, title "Übersicht"`},
		{"another target", `{url: $SITE/, redirects: [{status: 301, to: /home/}]}`, `failed: redirect 1 is 301 → /home/ | 302 → /dashboard/ → 200, title "Übersicht"; redirect 1 is 302 → /dashboard/`},
		{"one too few", `{url: $SITE/, redirects: [{to: /dashboard/}, {to: /x}]}`, `failed: redirect 2 is → /x | 302 → /dashboard/ → 200, title "Übersicht"; no redirect`},
		{"one too many", `{url: $SITE/far/2, redirects: [{to: /far/1}]}`, "failed: no further redirect | 302 → /far/1 → 302 → /far/0 → 200; redirect 2 is 302 → /far/0"},
		{"none wanted", `{url: $SITE/, redirects: []}`, `failed: no further redirect | 302 → /dashboard/ → 200, title "Übersicht"; redirect 1 is 302 → /dashboard/`},
		{"the query is not told", `{url: "$SITE/to?/health/?state=82f", redirects: [{to: /health/}]}`, `passed: 302 → /health/?… → 200 {"status":"ok"}`},
		{"a loop", `{url: $SITE/loop, follow: true, status: any}`, "failed: redirects that end | " + strings.Repeat("302 → /loop → ", 11)[:len("302 → /loop → ")*11-len(" → ")] + "; a redirect loop through /loop"},
		{"a file", `{url: "$SITE/to?file:///etc/passwd", follow: true, status: any}`, `failed: redirects that end | 302 → "file:///etc/passwd"; a redirect to "file:///etc/passwd" is not followed: it is no http or https URL`},
		{"another scheme", `{url: "$SITE/to?ftp://web.example/x", follow: true, status: any}`, `failed: redirects that end | 302 → ftp://web.example/x; a redirect to ftp://web.example/x is not followed: it is no http or https URL`},
		{"a body stays at home", `{url: "$SITE/keep?$ELSEWHERE/echo", method: POST, request: {body: x}, follow: true, status: any}`, "failed: redirects that end | 307 → $ELSEWHERE/echo; a redirect to $ELSEWHERE/echo is not followed: it would take the request's body to another origin"},
		{"a body goes on within", `{url: "$SITE/keep?/echo", method: POST, request: {body: x}, follow: true, json: {method: POST, body: x}}`, `passed: 307 → /echo → 200 {"body":"x","method":"POST"}`},
		{"POST becomes GET", `{url: "$SITE/to?/echo", method: POST, request: {form: {a: b c}}, follow: true, json: {method: GET, body: ""}}`, `passed: 302 → /echo → 200 {"body":"","method":"GET"}`},
	})
	t.Run("too many", func(t *testing.T) {
		r, err := l.look(t, `{url: $SITE/far/20, follow: true, status: any}`)
		if err != nil || r.OK || !strings.HasSuffix(r.Saw, "more than 10 redirects") || len(r.Self.(httpSelf).Redirects) != 10 {
			t.Error(netWords(r, err))
		}
	})
}

func TestHTTPRequests(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("NETRC", "")
	l.vars["HOME"] = home
	for name, text := range map[string]string{
		".netrc": "machine 127.0.0.1 login demo password open-sesame", "token": "open-sesame\n", "lines": "a\nb\n", "empty": "\n",
	} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.run(t, []netRow{
		{"headers", `{url: $SITE/echo, request: {headers: {HX-Request: "true", Host: probe.example}}, json: {host: probe.example, headers: {hx-request: "true"}}}`, `passed: 200 {"headers":{"hx-request":"true"},"host":"probe.example"}`},
		{"form", `{url: $SITE/echo, method: POST, request: {form: {a: "1 & 2"}}, json: {body: a=1+%26+2, headers: {content-type: application/x-www-form-urlencoded}}}`, `passed: 200`},
		{"JSON", `{url: $SITE/echo, method: PUT, request: {json: {a: [1, null]}}, json: {body: '{"a":[1,null]}'}}`, `passed: 200 {"body":"{\"a\":[1,null]}"}`},
		{"bearer", `{url: $SITE/private/, auth: {bearer: {env: TOKEN}}}`, "passed: 200 welcome"},
		{"basic", `{url: $SITE/private/, auth: {basic: {user: demo, passwordEnv: TOKEN}}}`, "passed: 200 welcome"},
		{"no credential", `{url: $SITE/private/}`, "failed: status 200 | 401 | it wants a credential: Basic"},
		{"netrc", `{url: $SITE/private/, auth: {netrc: true}}`, "passed: 200 welcome"},
		{"a token in a file", `{url: $SITE/private/, auth: {bearer: {file: $HOME/token}}}`, "passed: 200 welcome"},
		{"a password in a file of the user", `{url: $SITE/private/, auth: {basic: {user: demo, passwordFile: ~/token}}}`, "passed: 200 welcome"},
		{"a password in a Secret", `{url: $SITE/private/, auth: {basic: {secret: web/api}}}`, "passed: 200 welcome"},
		{"a token in a Secret", `{url: $SITE/private/, auth: {bearer: {secret: web/api}}}`, "passed: 200 welcome"},
		{"another key of it", `{url: $SITE/private/, auth: {bearer: {secret: web/api, key: other}}}`, "error: $AT answers 401 to the credential"},
		{"no such key", `{url: $SITE/private/, auth: {bearer: {secret: web/api, key: tokn}}}`, "error: `Secret/api` in web has no key tokn: it has other, password, token, username"},
		{"no such Secret", `{url: $SITE/private/, auth: {basic: {secret: web/none}}}`, "error: there is no `Secret/none` in web"},
		{"a Secret that is not granted", `{url: "http://localhost:1/", auth: {bearer: {secret: web/api}}}`, "error: no grant for localhost"},
		{"no file", `{url: $SITE/private/, auth: {bearer: {file: ~/gone}}}`, "error: the credential ~/gone: no such file or directory"},
		{"a folder", `{url: $SITE/private/, auth: {bearer: {file: $HOME}}}`, "error: the credential $HOME is not a regular file"},
		{"a file of several lines", `{url: $SITE/private/, auth: {bearer: {file: ~/lines}}}`, "error: the credential ~/lines is not one line of text"},
		{"an empty file", `{url: $SITE/private/, auth: {bearer: {file: ~/empty}}}`, "error: the credential ~/empty is not one line of text"},
		{"a file that is not granted", `{url: "http://localhost:1/", auth: {bearer: {file: ~/token}}}`, "error: no grant for localhost"},
		{"not accepted", `{url: $SITE/private/, auth: {bearer: {env: WRONG}}}`, "error: $AT answers 401 to the credential"},
		{"not accepted, as wanted", `{url: $SITE/private/, status: 401, auth: {bearer: {env: WRONG}}}`, "passed: 401"},
		{"not set", `{url: $SITE/private/, auth: {bearer: {env: NONE}}}`, "error: the environment variable NONE is not set, or policy does not let it be read"},
		{"not granted", `{url: "http://localhost:1/", auth: {bearer: {env: TOKEN}}}`, "error: no grant for localhost"},
		{"not granted to the address", `{url: "http://web.example/", resolve: "web.example:80:127.0.0.9", auth: {bearer: {env: TOKEN}}}`, "error: no grant for 127.0.0.9"},
		{"by resolve", `{url: "http://web.example:$AT_PORT/echo", resolve: "web.example:$AT_PORT:127.0.0.1", json: {host: "web.example:$AT_PORT"}}`, `passed: 200 {"host":"web.example:$AT_PORT"}`},
		{"the second address", `{url: "http://web.example:$AT_PORT/health/", resolve: ["web.example:$AT_PORT:127.0.0.77,127.0.0.1"], title: ""}`, "passed: 200, title nothing"},
	})
	t.Run("secrets are named", func(t *testing.T) {
		l.look(t, `{url: "$SITE/echo?token=query-secret", method: POST, request: {headers: {Authorization: Bearer literal}, json: {password: body-secret}}}`)
		for _, want := range []string{"open-sesame", "ZGVtbzpvcGVuLXNlc2FtZQ==", "query-secret", "Bearer literal", "literal", "body-secret"} {
			if !slices.Contains(l.secrets, want) {
				t.Errorf("%q is not named: %q", want, l.secrets)
			}
		}
	})
	t.Run("the server's own", func(t *testing.T) {
		if l.look(t, `{url: $SITE/cookie}`); !slices.Contains(l.secrets, "a-secret-session") {
			t.Error(l.secrets)
		}
	})
}

func TestHTTPCredentialsStay(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	step := `{url: "$SITE/to?%s", follow: true, auth: {bearer: {env: TOKEN}}, request: {headers: {Cookie: c, X-Key: k, Host: h.example, Accept: a/b}}}`
	seen := func(to string) map[string]any {
		r, err := l.look(t, fmt.Sprintf(step, l.expand(to)))
		if err != nil || !r.OK {
			t.Fatal(netWords(r, err))
		}
		return r.Self.(httpSelf).JSON.(map[string]any)
	}
	near, far := seen("/echo")["headers"].(map[string]any), seen("$ELSEWHERE/echo")
	back := seen("$ELSEWHERE/to?$SITE/echo")["headers"].(map[string]any)
	if near["authorization"] == nil || near["cookie"] == nil || near["x-key"] == nil {
		t.Error("at home something is missing:", near)
	}
	for _, headers := range []map[string]any{far["headers"].(map[string]any), back} {
		if headers["authorization"] != nil || headers["cookie"] != nil || headers["x-key"] != nil || headers["accept"] != "a/b" {
			t.Error("abroad:", headers)
		}
	}
	if far["host"] == "h.example" {
		t.Error("the Host header went along")
	}
}

func TestHTTPSelf(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	r, err := l.look(t, `{url: $SITE/, follow: true, assets: true, select: {head: "#head", next: {css: a.next, attr: href}, items: {css: li, all: true}}}`)
	if err != nil {
		t.Fatal(err)
	}
	self := r.Self.(httpSelf)
	site := l.vars["SITE"]
	if self.Duration <= 0 || self.Remote != l.vars["AT"] || self.Body == "" || self.Headers["content-type"] == "" {
		t.Errorf("%+v", self)
	}
	self.Duration, self.Remote, self.Body, self.Headers = 0, "", "", nil
	want := httpSelf{
		Status: 200, URL: site + "/dashboard/", Proto: "HTTP/1.1", Title: "Übersicht",
		Redirects: []httpHop{{302, site + "/", site + "/dashboard/"}},
		Select:    map[string]any{"head": "Willkommen zurück", "next": "/next/", "items": []any{"eins", "zwei"}},
		Assets:    []httpAsset{{site + "/static/app.css", "stylesheet", 200, "text/css; charset=utf-8"}, {site + "/static/app.js", "script", 200, "text/javascript; charset=utf-8"}},
	}
	if diff := cmp.Diff(want, self); diff != "" {
		t.Error(diff)
	}
}

// TestHTTPSelectIsBounded: nested elements have the text of all that lies in them, so that all of them together grow.
func TestHTTPSelectIsBounded(t *testing.T) {
	l := newHTTPLooker(t)
	nested := strings.Repeat("<b>", 300) + strings.Repeat("x", 100_000)
	l.web(t, "NESTED", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, nested) }))
	l.run(t, []netRow{
		{"all", `{url: "http://$NESTED/", select: {x: {css: b, all: true}}}`, `error: select.x: "b" gathers more than 4194304 bytes`},
		{"first", `{url: "http://$NESTED/", select: {x: b}}`, "passed: 200"},
	})
}

// TestHTTPSelectEndsInTime: within each element all that lies below is gone through again.
func TestHTTPSelectEndsInTime(t *testing.T) {
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(strings.Repeat("<div>", 30) + strings.Repeat("<p>x</p>", 300))) // soon over, and no deeper than leak detectors read
	if err != nil {
		t.Fatal(err)
	}
	s := cssSelect{CSS: "div:has(div:has(div:has(b)))"}
	if s.sel, err = cascadia.Compile(s.CSS); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if found, err := s.valuesInTime(ctx, doc); !errors.Is(err, context.Canceled) || err.Error() != `"div:has(div:has(div:has(b)))" takes too long on this page` {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := s.values(ctx, doc); !errors.Is(err, context.Canceled) { // no element is looked at after that
		t.Errorf("%v, %v", found, err)
	}
}

func TestHTTPArguments(t *testing.T) {
	newHTTPLooker(t).problems(t, map[string]string{
		`{url: "ftp://web.example/"}`:                                              "must begin with http",
		`{url: "http:///x"}`:                                                       "no host",
		`{url: "http://a:b@web.example/"}`:                                         "shows them",
		`{url: "http://web.example:99999/"}`:                                       "no port",
		`{url: "http://a/", method: FETCH}`:                                        "no value of method",
		`{url: "http://a/", status: 2x}`:                                           `"2x" is no status`,
		`{url: "http://a/", status: {}}`:                                           "found a mapping",
		`{url: "http://a/", redirects: [{status: 200, to: /}]}`:                    "200 is no redirect",
		`{url: "http://a/", redirects: [{status: 302}]}`:                           `"to" is missing`,
		`{url: "http://a/", select: {x: "a["}}`:                                    "no CSS selector",
		`{url: "http://a/", select: {x: {csss: a}}}`:                               `no key "csss"`,
		`{url: "http://a/", request: {body: x}}`:                                   "GET sends no body",
		`{url: "http://a/", method: POST, request: {body: x, form: {}}}`:           "one body",
		`{url: "http://a/", request: {headers: {"a b": c}}}`:                       "no name of a header",
		`{url: "http://a/", request: {headers: {Connection: c}}}`:                  "belongs to the connection",
		`{url: "http://a/", method: HEAD, title: x}`:                               "HEAD has no body",
		`{url: "http://a/", maxBody: 0}`:                                           "maxBody",
		`{url: "http://a/", resolve: "a:80"}`:                                      "not host:port:address",
		`{url: "http://a/", resolve: "*:80:127.0.0.1"}`:                            "begins with no name of a host",
		`{url: "http://a/", resolve: "-a:80:127.0.0.1"}`:                           "begins with no name of a host",
		`{url: "https://a/", resolve: "a:80:127.0.0.1"}`:                           "nothing connects to a:80",
		`{url: "http://a/", auth: {basic: {user: a}}}`:                             "nothing says where the password is",
		`{url: "http://a/", auth: {bearer: {}}}`:                                   "nothing says where the token is",
		`{url: "http://a/", auth: {bearer: {env: A, file: /b}}}`:                   "the token is given twice",
		`{url: "http://a/", auth: {bearer: {secret: api}}}`:                        `"api" is not namespace/name`,
		`{url: "http://a/", auth: {bearer: {env: A, key: b}}}`:                     "key is one of a Secret",
		`{url: "http://a/", auth: {bearer: {env: a-b}}}`:                           "this is no name of an environment variable",
		`{url: "http://a/", auth: {bearer: {file: secrets/token}}}`:                "a credential is no file of the checkout",
		`{url: "http://a/", auth: {netrc: true, bearer: {env: A}}}`:                "a request carries one credential",
		`{url: "http://a/", auth: {basic: {user: a, userEnv: A, passwordEnv: X}}}`: "given twice",
		`{url: "http://a/", headers: {x: "("}}`:                                    "no regular expression",
	})
}

func TestHTTPNeeds(t *testing.T) {
	l := newHTTPLooker(t)
	args, _ := l.args(t, `{url: "https://web.example:8443/x?token=1", ca: ca.pem, method: POST, auth: {bearer: {env: X}}}`)
	if got := l.kind.Needs(args); !slices.Equal(got, []check.Capability{check.Network, check.NetworkWrite, check.ReadsFiles, check.ReadsSecrets}) {
		t.Error(got)
	}
	if target, host := l.kind.Target(args), l.kind.Host(args); target != "POST https://web.example:8443/x?…" || host != "web.example" {
		t.Error(target, host)
	}
}

func TestShortURL(t *testing.T) {
	base, _ := url.Parse("https://web.example/a/b")
	for raw, want := range map[string]string{
		"https://web.example:443/c": "/c", "c?x=1": "/a/c?…", "https://web.example": "/", "//other/x": "https://other/x",
		"http://u:p@web.example/#f": "http://web.example/", "javascript:alert(1)": `"javascript:alert(1)"`,
	} {
		if got := shortURL(raw, base); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
