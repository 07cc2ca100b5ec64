package oci

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func repository(t *testing.T, s string) name.Repository {
	t.Helper()
	repo, err := name.NewRepository(s)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// TestOpenIsSharedAndOwn: looks share a handshake, and one that runs out of time fails no other.
func TestOpenIsSharedAndOwn(t *testing.T) {
	begun, goOn := make(chan struct{}, 8), make(chan struct{})
	var pings atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		pings.Add(1)
		begun <- struct{}{}
		select {
		case <-goOn:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	repo := repository(t, s.Listener.Addr().String()+"/web")
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	access := Access{Transport: transport, Plain: true}
	var sessions Sessions
	first, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 2)
	go func() {
		_, err := sessions.Open(first, repo, access)
		errs <- err
	}()
	<-begun
	go func() {
		_, err := sessions.Open(t.Context(), repo, access)
		errs <- err
	}()
	cancel()
	if err := <-errs; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	<-begun
	close(goOn)
	if err := <-errs; err != nil {
		t.Fatal(err)
	}
	if _, err := sessions.Open(t.Context(), repo, access); err != nil || pings.Load() != 2 {
		t.Error(err, pings.Load())
	}
	other := access
	other.Auth = authn.AuthConfig{Username: "ci", Password: "sesame"}
	if _, err := sessions.Open(t.Context(), repo, other); err != nil || pings.Load() != 3 {
		t.Error("another credential shares a session", err, pings.Load())
	}
}

// TestOpenWaits: a look that waits for another's handshake keeps its own time.
func TestOpenWaits(t *testing.T) {
	mute, err := testsrv.StartRaw(testsrv.Mute)
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	repo, access := repository(t, mute.Addr+"/web"), Access{Transport: &http.Transport{}, Plain: true}
	var sessions Sessions
	long, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		_, _ = sessions.Open(long, repo, access)
		close(ended)
	}()
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	if _, err := sessions.Open(short, repo, access); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	cancel()
	<-ended
}

func TestLimited(t *testing.T) {
	for n, ok := range map[int]bool{0: true, maxAnswer - 1: true, maxAnswer: true, maxAnswer + 1: false, 2 * maxAnswer: false} {
		b, err := io.ReadAll(&limited{body: io.NopCloser(strings.NewReader(strings.Repeat("x", n))), left: maxAnswer})
		var large *TooLarge
		if errors.As(err, &large) == ok || len(b) != min(n, maxAnswer) {
			t.Errorf("%d bytes: %d, %v", n, len(b), err)
		}
	}
}

// TestPlainHTTPIsNotFallenBackTo: only to this machine itself, and only where the server speaks no TLS.
func TestPlainHTTPIsNotFallenBackTo(t *testing.T) {
	var plain atomic.Int32
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme == "http" {
			plain.Add(1)
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Header: http.Header{}, Request: r}, nil
		}
		return nil, errors.New("a bad certificate")
	})
	for _, host := range []string{"10.0.0.1:5000", "registry.example", "localhost:5000", "registry.local"} {
		var sessions Sessions
		if _, err := sessions.Open(t.Context(), repository(t, host+"/web"), Access{Transport: transport}); err == nil || plain.Load() > 0 {
			t.Error(host, err)
		}
	}
	var sessions Sessions
	if _, err := sessions.Open(t.Context(), repository(t, "10.0.0.1:5000/web"), Access{Transport: transport, Plain: true}); err != nil {
		t.Error(err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestKept(t *testing.T) {
	c, err := ParseDockerConfig([]byte(`{"auths":{
		"https://index.docker.io/v1/": {"username":"hub","password":"x"},
		"registry.example": {"username":"host","password":"x"},
		"registry.example/team": {"username":"team","password":"x"},
		"https://old.example:5000/v2/": {"username":"old","password":"x"},
		"empty.example": {}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for repo, want := range map[string]string{
		"nginx": "hub", "docker.io/org/web": "hub", "registry.example/web": "host", "registry.example/team/web": "team", "registry.example/teams/web": "host",
		"registry.example:443/web": "", "old.example:5000/web": "old", "empty.example/web": "", "evil-registry.example/web": "", "registry.example.evil/web": "",
	} {
		auth, err := c.Kept(repository(t, repo))
		if auth.Username != want || (want == "") != errors.Is(err, ErrNoCredential) {
			t.Errorf("%s: %q, %v", repo, auth.Username, err)
		}
	}
}

func FuzzAccessOf(f *testing.F) {
	f.Add(`{"access":[{"type":"repository","name":"web","actions":["pull"]}]}`)
	f.Add(`{"access":null}`)
	f.Fuzz(func(t *testing.T, claims string) {
		_, _ = accessOf(claims)
		access, ok := accessOf("e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".x")
		if !ok && access != nil {
			t.Error(access)
		}
	})
}

// TestSizesThatAreNone: their sum would be anything, such as less than is allowed.
func TestSizesThatAreNone(t *testing.T) {
	layer := func(size string) string {
		return `{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"sha256:` + strings.Repeat("a", 64) + `","size":` + size + `}`
	}
	for layers, ok := range map[string]bool{
		layer("7"): true, layer("0") + "," + layer("1099511627776"): true, layer("-7"): false,
		layer("9223372036854775807") + "," + layer("9223372036854775807"): false, layer("9223372036854775808"): false, layer("1e99"): false,
		strings.Repeat(layer("1")+",", 10_000) + layer("1"): false,
	} {
		m := Manifest{MediaType: "application/vnd.oci.image.manifest.v1+json", Raw: []byte(`{"schemaVersion":2,"config":{"mediaType":"application/vnd.example+json","digest":"sha256:` + strings.Repeat("b", 64) + `","size":2},"layers":[` + layers + `]}`)}
		image, err := (&Session{}).image(t.Context(), m, "linux/amd64")
		var malformed *Malformed
		if (err == nil) != ok || err != nil && !errors.As(err, &malformed) || image.Size < 0 {
			t.Errorf("%.300s: %d, %v", layers, image.Size, err)
		}
	}
}
