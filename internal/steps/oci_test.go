package steps

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// newOCILooker looks at registries, with credentials that may go to localhost.
func newOCILooker(t *testing.T, kind func(Deps) check.Kind) *netLooker {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_RUNTIME_DIR", "")
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), "pull"), []byte("pull-sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := newNetLooker(t, kind(Deps{Cluster: secretCluster{}}))
	l.site.Env = func(name string) (string, bool) {
		v, ok := map[string]string{"PULL": "pull-sesame", "PUSH": "push-sesame", "WRONG": "close-sesame"}[name]
		return v, ok
	}
	l.site.Grant = func(name, host string) error {
		if host == "localhost" && name != "web/ungranted" {
			return nil
		}
		return &check.Denied{Reason: "no grant of " + name + " for " + host}
	}
	return l
}

// secretCluster has the pull Secrets that tests name; what a real one says is tested in ocisecret_test.go.
type secretCluster struct{ Cluster }

func (secretCluster) Read(context.Context, string, Query) (Seen, error) { return Seen{}, nil }

func startRegistry(t *testing.T, o testsrv.RegistryOptions) *testsrv.Registry {
	t.Helper()
	r, err := testsrv.StartRegistry(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func push(t testing.TB, r *testsrv.Registry, tag string, content remote.Taggable, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	digest, err := r.Push(tag, content)
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func pushImage(t testing.TB, r *testsrv.Registry, tag string, config v1.Config) string {
	t.Helper()
	image, err := testsrv.ImageOf(config)
	return push(t, r, tag, image, err)
}

// registry makes a registry known as $NAME, with images for the tests of looks:
// web:1 careful, web:root careless, web:multi for two platforms.
func (l *netLooker) registry(t *testing.T, name string, o testsrv.RegistryOptions) *testsrv.Registry {
	t.Helper()
	r := startRegistry(t, o)
	l.addr(name, r.Addr)
	l.vars[name+"_REALM"] = r.Realm
	l.vars[name+"_WEB"] = pushImage(t, r, "web:1", testsrv.Web())
	l.vars[name+"_ROOT"] = pushImage(t, r, "web:root", v1.Config{Env: []string{"PATH=/bin", "DB_PASSWORD=hunter2-hunter2", "TOKEN_FILE=/run/token", "API_TOKEN=false"}, Labels: map[string]string{"url": "https://ci:swordfish@git.example/web"}})
	index, err := testsrv.IndexOf(testsrv.Web(), "amd64", "arm64")
	l.vars[name+"_MULTI"] = push(t, r, "web:multi", index, err)
	if list, err := index.IndexManifest(); err == nil {
		l.vars[name+"_ARM"] = list.Manifests[1].Digest.String()
	}
	return r
}

func TestImage(t *testing.T) {
	noLeaks(t)
	l := newOCILooker(t, imageKind)
	defer closeOCI(l)
	r := l.registry(t, "R", testsrv.RegistryOptions{})
	for _, artifact := range []string{"application/vnd.example.sbom+json", "application/vnd.example.signature"} {
		if err := r.Refer("web", l.vars["R_WEB"], artifact); err != nil {
			t.Fatal(err)
		}
	}
	push(t, r, "web:odd", testsrv.Bytes{Text: []byte(`{"schemaVersion":2}`), Type: "text/plain"}, nil)
	push(t, r, "web:garbage", testsrv.Bytes{Text: []byte(`{"schemaVersion":`), Type: types.OCIManifestSchema1}, nil)
	push(t, r, "web:old", testsrv.Bytes{Text: []byte(`{"schemaVersion":1}`), Type: types.DockerManifestSchema1}, nil)
	const zero = "sha256:0000000000000000000000000000000000000000000000000000000000000000"
	push(t, r, "web:hollow", testsrv.Bytes{Text: []byte(`{"schemaVersion":2,"mediaType":"` + string(types.OCIManifestSchema1) + `","config":{"mediaType":"` + string(types.OCIConfigJSON) + `","digest":"` + zero + `","size":2},"layers":[]}`), Type: types.OCIManifestSchema1}, nil)
	push(t, r, "chart:1", testsrv.Bytes{Text: []byte(`{"schemaVersion":2,"mediaType":"` + string(types.OCIManifestSchema1) + `","config":{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"` + zero + `","size":2},"layers":[]}`), Type: types.OCIManifestSchema1}, nil)
	l.vars["ZERO"] = zero
	l.vars["LEAKY"] = pushImage(t, r, "web:leaky", v1.Config{Env: []string{
		"SECRET_KEY=abc123def456", "HOOK=https://hooks.slack.com/" + "services/T01234567/B01234567/abcdefghijklmnopqrstuvwx", "CONN=Server=db;Password=hunter2hunter2;",
		"DB_PASS=hunter22", "DATABASE_URL=postgres://web:swordfish@db/web", "GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305", "BYPASS=slow", "NODE_VERSION=20.1.0",
	}})
	l.run(t, []netRow{
		{"it is there", `{ref: "$R/web:1"}`, "passed: $R_WEB, linux/amd64"},
		{"by digest", `{ref: "$R/web@$R_WEB"}`, "passed: $R_WEB, linux/amd64"},
		{"all that can be expected", `{ref: "$R/web:1", digest: "$R_WEB", platforms: [linux/amd64], pull: anonymous, user: nonroot, healthcheck: true, ports: [8000/tcp, "8000"], entrypoint: [/web], cmd: [serve], env: {PORT: "^8000$"}, noSecrets: true, labels: {org.opencontainers.image.version: "^1\\.2\\."}, maxSize: 1Mi, referrers: ["sbom"]}`, "passed: $R_WEB, linux/amd64, without a credential"},
		{"exactly that user", `{ref: "$R/web:1", user: "10001:10001"}`, "passed: $R_WEB, linux/amd64"},
		{"another tag", `{ref: "$R/web:root", digest: "$R_WEB"}`, "failed: $R_WEB | $R_ROOT, linux/amd64 | the tag was moved, or the image was built again"},
		{"careless", `{ref: "$R/web:root", user: nonroot, healthcheck: true, ports: [8000], noSecrets: true, entrypoint: [/web], labels: {version: "1"}, env: {PATH: "^/usr", PORT: ""}, maxSize: 1k}`, "failed: at most 1k; a user other than root; a health check; port 8000; entrypoint [\"/web\"]; variable PATH matches \"^/usr\"; variable PORT; label version; no secrets in the configuration | $R_ROOT, linux/amd64; 2499 bytes; no user, which is root; no health check; exposed none; entrypoint none; variable PATH: \"/bin\"; no variable PORT; no label version; variable DB_PASSWORD looks like one; label url looks like one | builders that write the OCI format may leave HEALTHCHECK out: with podman or buildah, build with --format docker"},
		{"by the rules for secrets", `{ref: "$R/web:leaky", noSecrets: true}`, "failed: no secrets in the configuration | $LEAKY, linux/amd64; variable SECRET_KEY looks like one; variable HOOK looks like one; variable CONN looks like one; variable DB_PASS looks like one; variable DATABASE_URL looks like one"},
		{"an index", `{ref: "$R/web:multi", platforms: [linux/arm64], user: nonroot}`, "passed: $R_MULTI, linux/amd64, linux/arm64"},
		{"a platform that is missing", `{ref: "$R/web:multi", platforms: [linux/s390x, linux/amd64]}`, "failed: an image for linux/s390x | $R_MULTI, linux/amd64, linux/arm64"},
		{"something of both platforms", `{ref: "$R/web:multi", cmd: []}`, `failed: cmd none | $R_MULTI, linux/amd64, linux/arm64; linux/amd64: cmd ["serve"]; linux/arm64: cmd ["serve"]`},
		{"the digest of a part", `{ref: "$R/web:multi", digest: "$R_ARM"}`, "failed: $R_ARM | $R_MULTI, linux/amd64, linux/arm64 | that is the digest of its image for linux/arm64; the tag is an index of several"},
		{"no such tag", `{ref: "$R/web:2"}`, "failed: an image | not there: $R answers 404 MANIFEST_UNKNOWN"},
		{"no such repository", `{ref: "$R/wep:1"}`, "failed: an image | not there: $R answers 404 NAME_UNKNOWN | the registry has no repository wep"},
		{"no such digest", `{ref: "$R/web@$ZERO"}`, "failed: an image | not there: $R answers 404 MANIFEST_UNKNOWN"},
		{"absent", `{ref: "$R/web:2", absent: true}`, "passed: not there: $R answers 404 MANIFEST_UNKNOWN"},
		{"not absent", `{ref: "$R/web:1", absent: true}`, "failed: no image | it is there: $R_WEB"},
		{"not denied", `{ref: "$R/web:1", pull: denied}`, "failed: no pull without a credential | anybody can pull it"},
		{"no such referrer", `{ref: "$R/web:1", referrers: [cosign]}`, `failed: a referrer of a type that matches "cosign" | $R_WEB, linux/amd64; what refers to it: "application/vnd.example.sbom+json", "application/vnd.example.signature"`},
		{"no referrer", `{ref: "$R/web:root", referrers: [cosign]}`, `failed: a referrer of a type that matches "cosign" | $R_ROOT, linux/amd64; nothing refers to it`},
		{"no manifest", `{ref: "$R/web:odd"}`, `failed: an image | a manifest of the type "text/plain"`},
		{"no JSON", `{ref: "$R/web:garbage"}`, `failed: an image | the manifest is no JSON of a manifest`},
		{"schema 1", `{ref: "$R/web:old"}`, `failed: an image | a manifest of schema 1, which is no longer in use`},
		{"without its configuration", `{ref: "$R/web:hollow"}`, `failed: a whole image | a part of it is not there: $R answers 404 BLOB_UNKNOWN`},
		{"an artifact", `{ref: "$R/chart:1", user: nonroot}`, `failed: an image | ` + digestOf(t, r, "chart") + `; an artifact of the type "application/vnd.cncf.helm.config.v1+json"`},
		{"nothing listens", `{ref: "localhost:1/web:1"}`, "error: look at localhost:1/web:1: connection refused"},
	})
	t.Run("self", func(t *testing.T) {
		result, err := l.look(t, `{ref: "$R/web:multi", referrers: []}`)
		self, ok := result.Self.(imageSelf)
		if err != nil || !ok || len(self.Images) != 2 || self.Config.User != "10001:10001" || self.Created != "2026-05-04T03:02:01Z" || self.Config.Env["PORT"] != "8000" || self.Size == 0 || self.Images[1].Digest != l.vars["R_ARM"] {
			t.Errorf("%v %+v", err, self)
		}
		result, _ = l.look(t, `{ref: "$R/web:1", referrers: []}`)
		if n := len(result.Self.(imageSelf).Referrers); n != 2 {
			t.Errorf("%d referrers", n)
		}
	})
	t.Run("secrets", func(t *testing.T) {
		for _, secret := range []string{"hunter2-hunter2", "https://ci:swordfish@git.example/web"} {
			if !slices.Contains(l.secrets, secret) {
				t.Errorf("%q is not named as a secret", secret)
			}
		}
	})
}

func digestOf(t *testing.T, r *testsrv.Registry, repo string) string {
	t.Helper()
	l := newNetLooker(t, imageKind(Deps{}))
	result, err := l.look(t, `{ref: "`+r.Addr+"/"+repo+`:1"}`)
	if err != nil {
		t.Fatal(err)
	}
	return result.Self.(imageSelf).Digest
}

// closeOCI drops the connections that the kind keeps, for tests that count goroutines.
func closeOCI(*netLooker) { http.DefaultTransport.(*http.Transport).CloseIdleConnections() }

func TestImageAccess(t *testing.T) {
	l := newOCILooker(t, imageKind)
	for _, challenge := range []string{"Basic", "Bearer"} {
		l.registry(t, strings.ToUpper(challenge), testsrv.RegistryOptions{Challenge: challenge, Public: []string{"public"}})
	}
	image, err := testsrv.ImageOf(testsrv.Web())
	for _, name := range []string{"TOKEN", "OPAQUE"} {
		r := l.registry(t, name, testsrv.RegistryOptions{Challenge: "Bearer", Public: []string{"open"}, Opaque: name == "OPAQUE"})
		l.vars["OPEN"] = push(t, r, "open:1", image, err)
	}
	l.run(t, []netRow{
		{"a password", `{ref: "$BASIC/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`, "passed: $BASIC_WEB, linux/amd64"},
		{"a password in a file", `{ref: "$BASIC/web:1", auth: {basic: {user: puller, passwordFile: ~/pull}}}`, "passed: $BASIC_WEB, linux/amd64"},
		{"a password for a token", `{ref: "$BEARER/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`, "passed: $BEARER_WEB, linux/amd64"},
		{"an index with a token", `{ref: "$BEARER/web:multi", user: nonroot, auth: {basic: {user: puller, passwordEnv: PULL}}}`, "passed: $BEARER_MULTI, linux/amd64, linux/arm64"},
		{"a public image", `{ref: "$TOKEN/open:1", pull: anonymous}`, "passed: $OPEN, linux/amd64, without a credential"},
		{"a public image, opaque tokens", `{ref: "$OPAQUE/open:1", pull: anonymous}`, "passed: $OPEN, linux/amd64, without a credential"},
		{"a private image", `{ref: "$TOKEN/web:1", pull: anonymous}`, "failed: a pull without a credential | $TOKEN answers 401 UNAUTHORIZED without a credential | the image or its repository is private"},
		{"a private image, as wanted", `{ref: "$TOKEN/web:1", pull: denied}`, "passed: $TOKEN answers 401 UNAUTHORIZED without a credential"},
		{"a private image that others see", `{ref: "$TOKEN/web:1", pull: denied, user: nonroot, auth: {basic: {user: puller, passwordEnv: PULL}}}`, "passed: $TOKEN_WEB, linux/amd64, not without a credential"},
		{"a public image that should be private", `{ref: "$TOKEN/open:1", pull: denied, auth: {basic: {user: puller, passwordEnv: PULL}}}`, "failed: no pull without a credential | anybody can pull it"},
		{"a private image, nothing said", `{ref: "$TOKEN/web:1"}`, "error: $TOKEN answers 401 UNAUTHORIZED without a credential"},
		{"a private image, basic", `{ref: "$BASIC/web:1", pull: denied}`, "passed: $BASIC answers 401 UNAUTHORIZED without a credential"},
		{"a wrong password", `{ref: "$BASIC/web:1", auth: {basic: {user: puller, passwordEnv: WRONG}}}`, "error: $BASIC answers 401 UNAUTHORIZED to the credential"},
		{"a wrong password for a token", `{ref: "$TOKEN/web:1", auth: {basic: {user: puller, passwordEnv: WRONG}}}`, "error: the token service $TOKEN_REALM answers 401 UNAUTHORIZED to the credential"},
		{"a variable that is not set", `{ref: "$TOKEN/web:1", auth: {basic: {user: puller, passwordEnv: UNSET}}}`, "error: the environment variable UNSET is not set, or policy does not let it be read"},
		{"no login", `{ref: "$TOKEN/web:1", auth: {docker: true}}`, "error: docker login has no credential for $TOKEN"},
		{"a Secret that is not granted", `{ref: "$TOKEN/web:1", pullSecret: web/ungranted}`, "error: no grant of web/ungranted for localhost"},
		{"a Secret that is not there", `{ref: "$TOKEN/web:1", pullSecret: web/regcred}`, "error: the Secret web/regcred: it is not there"},
	})
	if !slices.Contains(l.secrets, "pull-sesame") || !slices.Contains(l.secrets, "cHVsbGVyOnB1bGwtc2VzYW1l") {
		t.Error("secrets:", l.secrets)
	}
}

// TestImageLogin looks with what docker login keeps, and with a credential helper.
func TestImageLogin(t *testing.T) {
	l := newOCILooker(t, imageKind)
	l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer"})
	dir := os.Getenv("DOCKER_CONFIG")
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	helper := func(name, script string) {
		if err := os.WriteFile(filepath.Join(dir, "docker-credential-"+name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	helper("good", `test "$1" = get || exit 2; read -r server; test "$server" = `+l.vars["R"]+` && echo '{"ServerURL":"'$server'","Username":"puller","Secret":"pull-sesame"}'`)
	helper("none", `echo 'credentials not found in native keychain'; exit 1`)
	helper("bad", `echo 'hunter2: it broke'; exit 3`)
	helper("chatty", `yes`)
	helper("slow", `sleep 60`)
	for _, row := range []struct{ name, config, want string }{
		{"an entry", `{"auths":{"$R":{"auth":"cHVsbGVyOnB1bGwtc2VzYW1l"}}}`, "passed: $R_WEB, linux/amd64"},
		{"an entry of old", `{"auths":{"https://$R/v1/":{"username":"puller","password":"pull-sesame"}}}`, "passed: $R_WEB, linux/amd64"},
		{"the entry with the longest path", `{"auths":{"$R":{"auth":"eDp5"},"$R/web":{"auth":"cHVsbGVyOnB1bGwtc2VzYW1l"},"$R/we":{"auth":"eDp5"}}}`, "passed: $R_WEB, linux/amd64"},
		{"a helper of the registry", `{"credHelpers":{"$R":"good"}}`, "passed: $R_WEB, linux/amd64"},
		{"a helper of all", `{"credsStore":"good"}`, "passed: $R_WEB, linux/amd64"},
		{"a helper without it", `{"credsStore":"none"}`, "error: docker login has no credential for $R"},
		{"a helper that fails", `{"credsStore":"bad"}`, "error: docker login: the credential helper docker-credential-bad ended with 3"},
		{"a helper that is not there", `{"credsStore":"gone"}`, `error: docker login: the credential helper "docker-credential-gone" is not in PATH`},
		{"an entry that is broken", `{"auths":{"$R":{"auth":"!"}}}`, "error: docker login: what is kept for it is not user:password in base64"},
		{"another registry", `{"auths":{"registry.example":{"auth":"cHVsbGVyOnB1bGwtc2VzYW1l"}}}`, "error: docker login has no credential for $R"},
		{"no configuration", `hello`, "error: docker login: read $DIR/config.json: it is no Docker configuration in JSON"},
	} {
		t.Run(row.name, func(t *testing.T) {
			l.vars["DIR"] = dir
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(l.expand(row.config)), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := l.look(t, `{ref: "$R/web:1", auth: {docker: true}}`)
			if got, want := netWords(r, err), l.expand(row.want); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
	for _, name := range []string{"slow", "chatty"} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(`{"credsStore":"`+name+`"}`), 0o600); err != nil {
				t.Fatal(err)
			}
			args, _ := l.args(t, `{ref: "$R/web:1", auth: {docker: true}}`)
			if _, err := l.within(t, args, testsrv.Deadline); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		})
	}
}

// TestImageCredentialsStayHome: neither a redirect nor a token service that nobody granted gets a credential.
func TestImageCredentialsStayHome(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if auth := r.Header.Get("Authorization"); auth != "" {
			seen = append(seen, r.URL.Path+" "+auth)
		}
		http.NotFound(w, r)
	}))
	defer thief.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(thief.URL, "http://"), ":")
	away := "http://localhost:" + port
	for _, challenge := range []string{"Basic", "Bearer"} {
		t.Run(challenge, func(t *testing.T) {
			l := newOCILooker(t, imageKind)
			l.registry(t, "R", testsrv.RegistryOptions{Challenge: challenge, Blobs: away})
			r, err := l.look(t, `{ref: "$R/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`)
			if got := netWords(r, err); !strings.HasPrefix(got, "failed: a whole image | a part of it is not there") {
				t.Error(got)
			}
			moved := http.RedirectHandler(away+"/manifest", http.StatusTemporaryRedirect)
			l.registry(t, "M", testsrv.RegistryOptions{Challenge: challenge, Faults: map[string]http.Handler{"GET /v2/web/manifests/1": moved}})
			if r, err := l.look(t, `{ref: "$M/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`); err != nil || r.OK {
				t.Error(netWords(r, err))
			}
		})
	}
	t.Run("a token service elsewhere", func(t *testing.T) {
		l := newOCILooker(t, imageKind)
		sly := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="http://elsewhere.example/token",service="x"`)
			w.WriteHeader(http.StatusUnauthorized)
		}))
		defer sly.Close()
		l.vars["SLY"] = "localhost:" + sly.URL[strings.LastIndex(sly.URL, ":")+1:]
		r, err := l.look(t, `{ref: "$SLY/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`)
		if got := netWords(r, err); got != "error: no grant of PULL for elsewhere.example" {
			t.Error(got)
		}
	})
	t.Run("a token service that sends on", func(t *testing.T) {
		l := newOCILooker(t, imageKind)
		l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer", Faults: map[string]http.Handler{"token": http.RedirectHandler(away+"/token", http.StatusTemporaryRedirect)}})
		if r, err := l.look(t, `{ref: "$R/web:1", auth: {basic: {user: puller, passwordEnv: PULL}}}`); err == nil {
			t.Error(netWords(r, err))
		}
	})
	mu.Lock()
	defer mu.Unlock()
	if len(seen) > 0 {
		t.Errorf("credentials went elsewhere: %q", seen)
	}
}

// TestImageTellsWhoAnswered: of looks that share a handshake each tells who refused it.
func TestImageTellsWhoAnswered(t *testing.T) {
	l := newOCILooker(t, imageKind)
	l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer"})
	args, _ := l.args(t, `{ref: "$R/web:1", auth: {basic: {user: puller, passwordEnv: WRONG}}}`)
	l.site.Secret = func(string) {}
	var group errgroup.Group
	for range 16 {
		group.Go(func() error {
			_, err := l.kind.Look(t.Context(), l.site, args)
			if want := l.expand("the token service $R_REALM answers 401 UNAUTHORIZED to the credential"); err == nil || err.Error() != want {
				return fmt.Errorf("got %w, want %s", err, want)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
}

// TestImageSharesWork makes 100 looks at once: one handshake, one configuration, few connections.
func TestImageSharesWork(t *testing.T) {
	l := newOCILooker(t, imageKind)
	r := l.registry(t, "R", testsrv.RegistryOptions{Challenge: "Bearer"})
	r.Forget()
	args, _ := l.args(t, `{ref: "$R/web:1", user: nonroot, auth: {basic: {user: puller, passwordEnv: PULL}}}`)
	l.site.Secret = func(string) {}
	var group errgroup.Group
	group.SetLimit(16)
	for range 100 {
		group.Go(func() error {
			result, err := l.kind.Look(t.Context(), l.site, args)
			if err == nil && !result.OK {
				err = errors.New(result.Saw)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, asked := range r.Asked() {
		if strings.Contains(asked, "/blobs/") {
			asked = "blob"
		}
		count[asked]++
	}
	if count["token repository:web:pull"] != 1 || count["GET /v2/web/manifests/1"] != 100 || count["blob"] > 16 || count["GET /v2/"] > 2 || r.Connections() > 40 {
		t.Errorf("%v, %d connections", count, r.Connections())
	}
	r.Forget()
	l.site.Changes++
	if result, err := l.kind.Look(t.Context(), l.site, args); err != nil || !result.OK || !slices.Contains(r.Asked(), "token repository:web:pull") {
		t.Errorf("after something may have changed: %v, %v, asked %q", result, err, r.Asked())
	}
}
