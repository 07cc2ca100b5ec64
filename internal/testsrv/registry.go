package testsrv

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/hashicorp/go-hclog"
)

// RegistryOptions say what a registry is like. The zero value wants no credential.
//
// There are two users: puller (password pull-sesame), who may pull, and pusher (push-sesame), who may also push.
type RegistryOptions struct {
	Challenge string   // "", Basic or Bearer; the token service has a server of its own
	Public    []string // repositories that anybody may pull
	Opaque    bool     // tokens do not say what they grant
	Blobs     string   // URL of another server, to which requests for blobs are redirected
	TLS       *tls.Config
	Faults    map[string]http.Handler // by method and path, such as "GET /v2/web/manifests/1"; they take the place of the registry
}

// Registry is an OCI registry on loopback.
type Registry struct {
	Addr  string // localhost:port
	Realm string // the token service's address; "" where there is none

	options RegistryOptions
	inside  http.Handler
	server  *httptest.Server
	tokens  *httptest.Server

	mu     sync.Mutex
	asked  []string
	issued map[string][]grant // by token
	conns  int
}

// grant is a right in a token.
type grant struct {
	Type    string   `json:"type"`
	Name    string   `json:"name"`
	Actions []string `json:"actions"`
}

// StartRegistry starts a registry. It is reached as localhost: go-containerregistry takes no token service on an IP
// address of this machine.
func StartRegistry(o RegistryOptions) (*Registry, error) {
	r := &Registry{options: o, issued: map[string][]grant{}}
	r.inside = registry.New(registry.Logger(hclog.NewNullLogger().StandardLogger(nil)), registry.WithReferrersSupport(true))
	r.server = httptest.NewUnstartedServer(http.HandlerFunc(r.serve))
	r.server.Config.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	r.server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			r.mu.Lock()
			r.conns++
			r.mu.Unlock()
		}
	}
	if o.TLS != nil {
		r.server.TLS = o.TLS
		r.server.StartTLS()
	} else {
		r.server.Start()
	}
	r.Addr = localhost(r.server)
	if o.Challenge == "Bearer" {
		r.tokens = httptest.NewUnstartedServer(http.HandlerFunc(r.token))
		if r.tokens.TLS = o.TLS; o.TLS != nil {
			r.tokens.StartTLS()
		} else {
			r.tokens.Start()
		}
		r.Realm = localhost(r.tokens)
	}
	return r, nil
}

func localhost(s *httptest.Server) string {
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	return "localhost:" + port
}

// Close stops the registry and its token service.
func (r *Registry) Close() {
	r.server.Close()
	if r.tokens != nil {
		r.tokens.Close()
	}
}

// Asked returns what was asked so far: "GET /v2/", "token repository:web:pull". Forget begins anew.
func (r *Registry) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Connections returns how many connections there were.
func (r *Registry) Connections() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.conns
}

// Forget forgets what was asked.
func (r *Registry) Forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = nil
}

func (r *Registry) note(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, s)
}

func (r *Registry) serve(w http.ResponseWriter, req *http.Request) {
	r.note(req.Method + " " + req.URL.Path)
	fault, faulty := r.options.Faults[req.Method+" "+req.URL.Path]
	repo, blob := repositoryOf(req.URL.Path)
	switch {
	case !r.admits(req, repo):
		r.challenge(w, repo)
	case faulty:
		fault.ServeHTTP(w, req)
	case blob && r.options.Blobs != "" && req.Method == http.MethodGet:
		http.Redirect(w, req, r.options.Blobs+req.URL.Path, http.StatusTemporaryRedirect)
	default:
		r.inside.ServeHTTP(w, req)
	}
}

// repositoryOf returns the repository of a path of the API, and whether it is about a blob.
func repositoryOf(path string) (repo string, blob bool) {
	rest := strings.TrimPrefix(path, "/v2/")
	for _, mark := range []string{"/manifests/", "/blobs/", "/tags/list", "/referrers/"} {
		if i := strings.LastIndex(rest, mark); i > 0 {
			return rest[:i], mark == "/blobs/" && !strings.Contains(rest, "/uploads/")
		}
	}
	return "", false
}

// admits tells whether a request may be served. In a test's own hands, without a challenge, everything may.
func (r *Registry) admits(req *http.Request, repo string) bool {
	action := "pull"
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		action = "push"
	}
	switch r.options.Challenge {
	case "Basic":
		user, password, _ := req.BasicAuth()
		actions := actionsOf(user, password)
		if repo == "" && len(actions) > 0 {
			return true
		}
		return slices.Contains(actions, action) || action == "pull" && repo != "" && slices.Contains(r.options.Public, repo)
	case "Bearer":
		token, _ := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
		r.mu.Lock()
		grants, known := r.issued[token]
		r.mu.Unlock()
		return known && (repo == "" || slices.ContainsFunc(grants, func(g grant) bool { return g.Name == repo && slices.Contains(g.Actions, action) }))
	}
	return true
}

func actionsOf(user, password string) []string {
	switch user + ":" + password {
	case "puller:pull-sesame":
		return []string{"pull"}
	case "pusher:push-sesame":
		return []string{"pull", "push"}
	}
	return nil
}

func (r *Registry) challenge(w http.ResponseWriter, repo string) {
	scheme := "http"
	if r.options.TLS != nil {
		scheme = "https"
	}
	value := `Basic realm="test"`
	if r.options.Challenge == "Bearer" {
		value = fmt.Sprintf(`Bearer realm="%s://%s/token",service="test"`, scheme, r.Realm)
		if repo != "" {
			value += fmt.Sprintf(`,scope="repository:%s:pull"`, repo)
		}
	}
	w.Header().Set("WWW-Authenticate", value)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
}

// token is the token service: it grants what the user may do of what was asked for.
func (r *Registry) token(w http.ResponseWriter, req *http.Request) {
	scopes := req.URL.Query()["scope"]
	r.note("token " + strings.Join(scopes, " "))
	if fault, ok := r.options.Faults["token"]; ok {
		fault.ServeHTTP(w, req)
		return
	}
	user, password, sent := req.BasicAuth()
	may := actionsOf(user, password)
	if sent && may == nil {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"errors":[{"code":"UNAUTHORIZED","message":"bad credentials"}]}`)
		return
	}
	grants := []grant{}
	for _, scope := range scopes {
		kind, rest, _ := strings.Cut(scope, ":")
		i := strings.LastIndex(rest, ":")
		if kind != "repository" || i < 0 {
			continue
		}
		g := grant{Type: kind, Name: rest[:i], Actions: []string{}}
		for action := range strings.SplitSeq(rest[i+1:], ",") {
			if slices.Contains(may, action) || action == "pull" && slices.Contains(r.options.Public, g.Name) {
				g.Actions = append(g.Actions, action)
			}
		}
		grants = append(grants, g)
	}
	token := r.issue(grants)
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": 300})
}

func (r *Registry) issue(grants []grant) string {
	token := rand.Text()
	if !r.options.Opaque {
		claims, _ := json.Marshal(map[string]any{"iss": "test", "access": grants, "jti": rand.Text()})
		encode := base64.RawURLEncoding.EncodeToString
		token = encode([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + encode(claims) + "." + encode([]byte("unsigned"))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.issued[token] = grants
	return token
}
