package cast

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/hashicorp/go-hclog"
)

// Forge is the other application of the cluster: it keeps images and Python packages, and answers for its health.
// Images want a token, which everybody gets for what is public, and its user for all.
type Forge struct {
	User, Password string

	host string // what it is called from outside
	mux  *http.ServeMux

	mu       sync.Mutex
	public   map[string]bool            // repositories of images
	tokens   map[string][]string        // to what they grant, as "pull team/app"
	packages map[string][]PythonPackage // by name
}

// StartForge serves a forge at an address until the process ends; host is its name from outside, where it has TLS.
func StartForge(address, host string) (*Forge, error) {
	f := &Forge{
		User: "desk-bot", Password: rand.Text(), host: host, mux: http.NewServeMux(),
		public: map[string]bool{}, tokens: map[string][]string{}, packages: map[string][]PythonPackage{},
	}
	images := registry.New(registry.Logger(hclog.NewNullLogger().StandardLogger(nil)), registry.WithReferrersSupport(true))
	f.mux.HandleFunc("/v2/", func(w http.ResponseWriter, r *http.Request) { f.images(w, r, images) })
	f.mux.HandleFunc("GET /token", f.token)
	f.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "pass") })
	f.mux.HandleFunc("GET /simple/{name}/", f.index)
	f.mux.HandleFunc("GET /files/{name}", f.file)
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	s := &http.Server{Handler: f.mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.Serve(l) }()
	return f, nil
}

// Public says whether everybody may pull the images of a repository.
func (f *Forge) Public(repository string, yes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.public[repository] = yes
}

// images is the registry behind its challenge.
func (f *Forge) images(w http.ResponseWriter, r *http.Request, next http.Handler) {
	repository := repositoryOf(r.URL.Path)
	action := "pull"
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		action = "push"
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	f.mu.Lock()
	grants, known := f.tokens[token]
	f.mu.Unlock()
	if known && (repository == "" || slices.Contains(grants, action+" "+repository)) {
		r.URL.Scheme, r.Host = "https", f.host
		next.ServeHTTP(w, r)
		return
	}
	challenge := fmt.Sprintf(`Bearer realm="https://%s/token",service=%q`, f.host, f.host)
	if repository != "" {
		challenge += fmt.Sprintf(`,scope="repository:%s:%s"`, repository, action)
	}
	w.Header().Set("WWW-Authenticate", challenge)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprintln(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
}

// repositoryOf returns the repository that a path of the API is about.
func repositoryOf(path string) string {
	rest := strings.TrimPrefix(path, "/v2/")
	for _, mark := range []string{"/manifests/", "/blobs/", "/tags/list", "/referrers/"} {
		if i := strings.LastIndex(rest, mark); i > 0 {
			return rest[:i]
		}
	}
	return ""
}

// token grants what the user, or everybody, may do of what is asked for.
func (f *Forge) token(w http.ResponseWriter, r *http.Request) {
	user, password, sent := r.BasicAuth()
	known := user == f.User && password == f.Password
	if sent && !known {
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED","message":"wrong user or password"}]}`, http.StatusUnauthorized)
		return
	}
	type access struct {
		Type    string   `json:"type"`
		Name    string   `json:"name"`
		Actions []string `json:"actions"`
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	grants, claims := []string{}, []access{}
	for _, scope := range r.URL.Query()["scope"] {
		parts := strings.SplitN(scope, ":", 3)
		if len(parts) != 3 || parts[0] != "repository" {
			continue
		}
		granted := access{parts[0], parts[1], []string{}}
		for action := range strings.SplitSeq(parts[2], ",") {
			if known || action == "pull" && f.public[parts[1]] {
				grants = append(grants, action+" "+parts[1])
				granted.Actions = append(granted.Actions, action)
			}
		}
		claims = append(claims, granted)
	}
	token, err := jwt(map[string]any{"iss": f.host, "jti": rand.Text(), "access": claims})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.tokens[token] = grants
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"token": token, "expires_in": 300})
}

// jwt is a token that tells what it grants. Its signature is none: the forge remembers what it has issued.
func jwt(claims any) (string, error) {
	b, err := json.Marshal(claims)
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"typ":"JWT","alg":"none"}`)) + "." + encode(b) + "." + encode([]byte("unsigned")), err
}
