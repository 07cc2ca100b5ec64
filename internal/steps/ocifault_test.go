package steps

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// endless answers with a body that does not end.
func endless(contentType, text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		chunk := bytes.Repeat([]byte(text), 4096)
		for {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
}

// stalled begins an answer and does not go on.
func stalled(contentType string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		fmt.Fprint(w, "{")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
}

func saysOnly(code int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
}

// TestImageTimesOut looks at registries that never end what they began: each look ends with its time, and says what it waited for.
func TestImageTimesOut(t *testing.T) {
	for _, row := range []struct {
		name   string
		server func(net.Conn)
		want   string
	}{
		{"no answer", testsrv.Mute, "no answer from localhost:$RAW_PORT after the connection was accepted"},
		{"headers without end", testsrv.Say("HTTP/1.1 200 OK\r\nX: y\r\n"), "localhost:$RAW_PORT began to answer, and did not end the headers"},
		{"a body without end", testsrv.Stall, "the body from localhost:$RAW_PORT did not end"},
	} {
		t.Run(row.name, func(t *testing.T) {
			noLeaks(t)
			l := newOCILooker(t, imageKind)
			l.raw(t, "RAW", row.server)
			args, _ := l.args(t, `{ref: "localhost:$RAW_PORT/web:1", plainHTTP: true}`)
			_, err := l.within(t, args, testsrv.Deadline)
			if !errors.Is(err, context.DeadlineExceeded) || err.Error() != l.expand(row.want) {
				t.Errorf("got %v, want %s", err, l.expand(row.want))
			}
		})
	}
	for _, path := range []string{"token", "GET /v2/web/manifests/1", "GET /v2/web/blobs/$R_CONFIG", "GET /v2/web/referrers/$R_WEB"} {
		t.Run(path, func(t *testing.T) {
			l := newOCILooker(t, imageKind)
			faults := map[string]http.Handler{}
			l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer", Faults: faults})
			image, _ := testsrv.ImageOf(testsrv.Web())
			config, _ := image.ConfigName()
			l.vars["R_CONFIG"] = config.String()
			faults[l.expand(path)] = stalled(string(types.OCIManifestSchema1))
			if strings.Contains(path, "referrers") {
				faults[l.expand(path)] = stalled(string(types.OCIImageIndex))
			}
			args, _ := l.args(t, `{ref: "$R/web:1", referrers: [], auth: {basic: {user: puller, passwordEnv: PULL}}}`)
			_, err := l.within(t, args, testsrv.Deadline)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "the body from localhost:") {
				t.Error(err)
			}
		})
	}
}

func TestImageFaults(t *testing.T) {
	noLeaks(t)
	l := newOCILooker(t, imageKind)
	faults := map[string]http.Handler{
		"GET /v2/web/manifests/large":     endless(string(types.OCIManifestSchema1), `{"a":"b"}`),
		"GET /v2/web/manifests/busy":      saysOnly(http.StatusTooManyRequests),
		"GET /v2/web/manifests/down":      saysOnly(http.StatusBadGateway),
		"GET /v2/web/manifests/forbidden": saysOnly(http.StatusForbidden),
		"GET /v2/web/manifests/loop":      http.RedirectHandler("/v2/web/manifests/loop", http.StatusFound),
		"GET /v2/web/manifests/page":      http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") }),
	}
	r := l.registry(t, "R", testsrv.RegistryOptions{Faults: faults})
	const zero = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	l.vars["ZERO"] = zero
	faults["GET /v2/web/manifests/"+zero] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") })
	image, err := testsrv.ImageOf(testsrv.Web())
	if err != nil {
		t.Fatal(err)
	}
	layers, _ := image.Layers()
	digest, _ := layers[1].Digest()
	l.vars["LAYER"] = digest.String()
	faults["HEAD /v2/web/blobs/"+digest.String()] = saysOnly(http.StatusNotFound)
	config, _ := image.ConfigName()
	push(t, r, "other:1", image, nil)
	faults["GET /v2/other/blobs/"+config.String()] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"config":{"User":"app"}}`) })
	faults["GET /v2/sly/manifests/1"] = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", string(types.OCIImageIndex))
		fmt.Fprintf(w, `{"schemaVersion":2,"manifests":[%s{}]}`, strings.Repeat(`{"mediaType":"`+string(types.OCIManifestSchema1)+`","digest":"`+zero+`","size":2,"platform":{"os":"linux","architecture":"amd64"}},`, 1000))
	})
	l.run(t, []netRow{
		{"a manifest without end", `{ref: "$R/web:large"}`, "error: the answer from $R is larger than 4194304 bytes"},
		{"too many requests", `{ref: "$R/web:busy"}`, "error: look at $R/web:busy: $R answers 429 Too Many Requests"},
		{"a gateway", `{ref: "$R/web:down"}`, "error: look at $R/web:down: $R answers 502 Bad Gateway"},
		{"forbidden", `{ref: "$R/web:forbidden"}`, "error: look at $R/web:forbidden: $R answers 403 Forbidden without a credential"},
		{"forbidden, where anybody should", `{ref: "$R/web:forbidden", pull: anonymous}`, "failed: a pull without a credential | $R answers 403 Forbidden without a credential | the image or its repository is private"},
		{"a loop", `{ref: "$R/web:loop"}`, "error: look at $R/web:loop: more than 10 redirects"},
		{"a page", `{ref: "$R/web:page"}`, `failed: an image | a manifest of the type "text/html"`},
		{"another content", `{ref: "$R/web@$ZERO"}`, "failed: the content of $ZERO | the registry serves content with another digest"},
		{"another configuration", `{ref: "$R/other:1", user: app}`, "failed: content that is what its digest says | the registry serves content with another digest"},
		{"a layer that is missing", `{ref: "$R/web:1", pull: anonymous}`, "failed: all layers | the registry does not have the layer $LAYER of linux/amd64"},
		{"an index of thousands", `{ref: "$R/sly:1"}`, "error: look at $R/sly:1: the index holds 1000 images; more than 64 are not read: choose with platforms"},
		{"a name that does not resolve", `{ref: "no-such-name.invalid/web:1"}`, "error: look at no-such-name.invalid/web:1: the name no-such-name.invalid does not resolve: no such host"},
	})
	t.Run("passing", func(t *testing.T) {
		_, err := l.look(t, `{ref: "$R/web:busy"}`)
		var transient *check.Transient
		if !errors.As(err, &transient) {
			t.Error(err)
		}
	})
	t.Run("memory", func(t *testing.T) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = l.look(t, `{ref: "$R/web:large"}`)
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%d MiB allocated", used>>20)
		}
	})
}

func TestImageOverTLS(t *testing.T) {
	l := newOCILooker(t, imageKind)
	ca := testCA(t, l.site.Dir)
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{"localhost", "web.example"}})
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer", TLS: config})
	l.registry(t, "PLAIN", testsrv.RegistryOptions{})
	l.run(t, []netRow{
		{"an authority of one's own", `{ref: "$R/web:1", ca: ca.pem, auth: {basic: {user: puller, passwordEnv: PULL}}}`, "passed: $R_WEB, linux/amd64"},
		{"an unknown authority", `{ref: "$R/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`, "error: look at $R/web:1: the chain ends at \"Test Intermediate\": its issuer \"Test Root\" was not sent and is no trusted root: the authority is a private one: name it with ca; or the server leaves out another link"},
		{"another address", `{ref: "web.example:$R_PORT/web:1", ca: ca.pem, resolve: "web.example:$R_PORT:127.0.0.1", auth: {basic: {user: puller, passwordEnv: PULL}}}`, "error: no grant of PULL for web.example"},
		{"plain HTTP only", `{ref: "$R/web:1", ca: ca.pem, plainHTTP: true}`, "error: look at $R/web:1: $R answers 400 Bad Request"},
		{"TLS only", `{ref: "web.example:$PLAIN_PORT/web:1", resolve: "web.example:$PLAIN_PORT:127.0.0.1"}`, "error: look at web.example:$PLAIN_PORT/web:1: the registry speaks plain HTTP: where that is meant, say plainHTTP: true"},
	})
}

func TestRegistry(t *testing.T) {
	noLeaks(t)
	l := newOCILooker(t, registryKind)
	for _, name := range []string{"OPEN", "BASIC", "BEARER", "OPAQUE"} {
		o := testsrv.RegistryOptions{Public: []string{"open"}, Opaque: name == "OPAQUE"}
		o.Challenge = map[string]string{"BASIC": "Basic", "BEARER": "Bearer", "OPAQUE": "Bearer"}[name]
		r := l.registry(t, name, o)
		if err := r.Tags("open", "1", "1.1", "2-dev"); err != nil {
			t.Fatal(err)
		}
	}
	l.web(t, "SITE", testsrv.Site())
	l.web(t, "PAGES", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<h1>hello</h1>")
	}))
	l.web(t, "DUMB", saysOnly(http.StatusUnauthorized))
	l.web(t, "DOWN", saysOnly(http.StatusServiceUnavailable))
	const puller, pusher = `auth: {basic: {user: puller, passwordEnv: PULL}}`, `auth: {basic: {user: pusher, passwordEnv: PUSH}}`
	l.run(t, []netRow{
		{"open", `{url: "http://$OPEN", challenge: none}`, "passed: no challenge"},
		{"bearer", `{url: "http://$BEARER", challenge: Bearer, realm: "^http://$BEARER_REALM/"}`, "passed: the challenge Bearer"},
		{"basic", `{url: "http://$BASIC/", challenge: Basic}`, "passed: the challenge Basic"},
		{"another challenge", `{url: "http://$BASIC", challenge: Bearer, realm: token}`, `failed: the challenge Bearer; realm matches "token" | the challenge Basic; realm "test"`},
		{"no registry", `{url: "http://$SITE"}`, "failed: the API of a registry | 404 at /v2/ | /v2/ of a registry answers 200 or 401"},
		{"a site that says 200 to all", `{url: "http://$PAGES"}`, "failed: the API of a registry | no challenge; a page of HTML at /v2/"},
		{"401 and no challenge", `{url: "http://$DUMB"}`, "failed: a challenge | no challenge; 401 at /v2/ without a challenge"},
		{"out of order", `{url: "http://$DOWN"}`, "error: look at http://$DOWN: $DOWN answers 503 Service Unavailable"},
		{"nothing listens", `{url: "http://127.0.0.1:1"}`, "failed: an answer from 127.0.0.1:1 | connection refused | nothing listens there"},
		{"HTTP for HTTPS", `{url: "https://$OPEN"}`, "failed: an answer from $OPEN | plain HTTP instead of TLS | this port speaks http://, not https://"},

		{"may push", `{url: "http://$BEARER", scope: "repository:web:push,pull", ` + pusher + `}`, "passed: the challenge Bearer, granted pull, push"},
		{"may not push", `{url: "http://$BEARER", scope: "repository:web:push,pull", ` + puller + `}`, "failed: granted pull, push | the challenge Bearer, granted pull"},
		{"may not push, as wanted", `{url: "http://$BEARER", scope: "repository:web:push", allowed: false, ` + puller + `}`, "passed: the challenge Bearer, granted none"},
		{"may push, not as wanted", `{url: "http://$BEARER", scope: "repository:web:push", allowed: false, ` + pusher + `}`, "failed: not granted push | the challenge Bearer, granted push"},
		{"anybody may pull", `{url: "http://$BEARER", scope: "repository:open:pull"}`, "passed: the challenge Bearer, granted pull"},
		{"nobody may push", `{url: "http://$BEARER", scope: "repository:open:push"}`, "failed: granted push | the challenge Bearer, granted none | no credential was sent"},
		{"tokens that do not tell", `{url: "http://$OPAQUE", scope: "repository:web:push", ` + pusher + `}`, "error: what may be done with web: it cannot be told: the token does not say what it grants"},
		{"no token service", `{url: "http://$BASIC", scope: "repository:web:push", ` + pusher + `}`, "error: what may be done with web: it cannot be told: the registry has no token service, and to try is to write"},
		{"a wrong password", `{url: "http://$BEARER", scope: "repository:web:push", auth: {basic: {user: pusher, passwordEnv: WRONG}}}`, "error: the token service $BEARER_REALM answers 401 UNAUTHORIZED to the credential"},
		{"a wrong password, basic", `{url: "http://$BASIC", auth: {basic: {user: pusher, passwordEnv: WRONG}}}`, "error: $BASIC does not take the credential"},
		{"a right password, basic", `{url: "http://$BASIC", ` + puller + `}`, "passed: the challenge Basic"},

		{"tags", `{url: "http://$BEARER", repository: open, tags: {names: ["1", "1.1"], contains: ["^1"], lacks: [latest], only: ["^[0-9]"]}}`, "passed: the challenge Bearer, repository open"},
		{"other tags", `{url: "http://$OPEN", repository: open, tags: {names: ["3"], contains: ["^v"], lacks: ["-dev$"], only: ["^1"]}}`, `failed: the tag 3; a tag that matches "^v"; no tag that matches "-dev$"; only tags like "^1" | no challenge, repository open; no tag 3; no such tag; the tag 2-dev`},
		{"no repository", `{url: "http://$OPEN", repository: wep}`, "failed: a repository wep | no challenge, repository wep; not there: $OPEN answers 404 NAME_UNKNOWN"},
		{"a private repository", `{url: "http://$BEARER", repository: web}`, "error: $BEARER answers 401 UNAUTHORIZED without a credential"},
	})
	t.Run("silence", func(t *testing.T) {
		l.raw(t, "MUTE", testsrv.Mute)
		args, _ := l.args(t, `{url: "http://$MUTE"}`)
		if _, err := l.within(t, args, testsrv.Deadline); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
}

// TestRegistryWritesNothing holds that to ask for rights sends nothing but questions.
func TestRegistryWritesNothing(t *testing.T) {
	l := newOCILooker(t, registryKind)
	for _, challenge := range []string{"Basic", "Bearer", ""} {
		r := startRegistry(t, testsrv.RegistryOptions{Challenge: challenge})
		l.vars["R"] = r.Addr
		_, _ = l.look(t, `{url: "http://$R", scope: "repository:web:push,delete", auth: {basic: {user: pusher, passwordEnv: PUSH}}}`)
		for _, asked := range r.Asked() {
			if !strings.HasPrefix(asked, "GET ") && !strings.HasPrefix(asked, "token ") {
				t.Errorf("%s: %s", challenge, asked)
			}
		}
	}
}

// TestRegistryTagsWithoutEnd looks at lists of tags that lead on and on.
func TestRegistryTagsWithoutEnd(t *testing.T) {
	l := newOCILooker(t, registryKind)
	pages := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/list") {
			pages++
			w.Header().Set("Link", fmt.Sprintf(`</v2/web/tags/list?n=1000&last=%d>; rel="next"`, pages))
			_, _ = io.WriteString(w, `{"tags":["a"]}`)
		}
	}))
	defer s.Close()
	l.vars["R"] = s.Listener.Addr().String()
	_, err := l.look(t, `{url: "http://$R", repository: web}`)
	if err == nil || !strings.Contains(err.Error(), "the list of tags does not end") || pages > 200 {
		t.Error(err, pages)
	}
}

// TestRegistriesWithoutATarget: what a template leaves empty is told by the look, not by a panic.
func TestRegistriesWithoutATarget(t *testing.T) {
	for _, k := range []check.Kind{imageKind(Deps{}), registryKind(Deps{}), packageKind(Deps{})} {
		args := k.New()
		if ps := k.Check(args); len(ps) > 0 {
			t.Error(k.Name, ps)
		}
		if _, err := k.Look(t.Context(), check.Site{}, args); err == nil {
			t.Error(k.Name, "looked at nothing")
		}
	}
	if _, err := packageKind(Deps{}).Look(t.Context(), check.Site{}, &packageArgs{Name: "web"}); err == nil {
		t.Error("looked at an index of no type")
	}
}

func TestOCIArguments(t *testing.T) {
	image := newOCILooker(t, imageKind)
	image.problems(t, map[string]string{
		`{ref: "https://registry.example/web:1"}`:                                  "a reference to an image has no scheme",
		`{ref: "user:secret@registry.example/web:1"}`:                              "shows them to every reader",
		`{ref: "registry.example/web:1@sha256:0"}`:                                 "the tag would not be looked at",
		`{ref: "registry.example/WEB:1"}`:                                          `"registry.example/WEB:1" is no reference to an image`,
		`{ref: "` + strings.Repeat("a", 1<<20) + `"}`:                              "a reference of 1048576 characters",
		`{ref: web, digest: "e9bb"}`:                                               `"e9bb" is no digest`,
		`{ref: web, platforms: [amd64]}`:                                           `"amd64" is no platform`,
		`{ref: web, ports: [http, -1]}`:                                            `"http" is no port`,
		`{ref: web, maxSize: "-1"}`:                                                `"-1" is no size`,
		`{ref: web, maxSize: big}`:                                                 `"big" is no size`,
		`{ref: web, pull: anonymous, auth: {docker: true}}`:                        "an anonymous pull sends no credential",
		`{ref: web, pull: denied, user: nonroot}`:                                  "what nobody can pull cannot be looked at",
		`{ref: web, absent: true, user: nonroot}`:                                  "what is absent can be nothing else",
		`{ref: web, pull: anonymos}`:                                               `"anonymos" is no value of pull`,
		`{ref: web, pullSecret: regcred}`:                                          `"regcred" is not namespace/name`,
		`{ref: web, pullSecret: a/b, auth: {docker: true}}`:                        "a look sends one credential",
		`{ref: web, auth: {basic: {user: ci, password: hunter2, passwordEnv: A}}}`: `no key "password" here`,
		`{ref: web, labels: {a: "("}}`:                                             "no regular expression (RE2)",
		`{ref: web, auth: {basic: {user: a, userEnv: B, passwordEnv: C}}, resolve: "web.example:443"}`: "the user's name is given twice",
	})
	registry := newOCILooker(t, registryKind)
	registry.problems(t, map[string]string{
		`{url: "registry.example"}`:                                    "the URL must begin with http:// or https://",
		`{url: "https://ci:secret@registry.example"}`:                  "shows them to every reader",
		`{url: "https://registry.example/org/web"}`:                    "the URL of a registry has no path",
		`{url: "https://registry.example", scope: "org/web:push"}`:     `"org/web:push" is no scope`,
		`{url: "https://registry.example", allowed: false}`:            "allowed is about scope",
		`{url: "https://registry.example", repository: "A B"}`:         `"A B" is no repository`,
		`{url: "https://registry.example", tags: {names: [a]}}`:        "tags are those of a repository",
		`{url: "https://registry.example", challenge: none, realm: x}`: "names no token service",
	})
}
