package oci

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Hello is how a registry answers to who has not shown a credential.
type Hello struct {
	Scheme     string            // Bearer, Basic, another, or "" where it wants none
	Parameters map[string]string // of the challenge
	Status     int               // of the answer
	Page       bool              // it came as HTML, which no registry does
}

// Ping asks a registry for its API.
func Ping(ctx context.Context, reg name.Registry, a Access) (Hello, error) {
	p := &probe{next: newGuard(reg, a)}
	c, err := transport.Ping(ctx, reg, p)
	if err != nil {
		return Hello{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return Hello{c.Scheme, c.Parameters, p.status, p.page}, nil
}

// probe keeps of the last answer what the library does not tell.
type probe struct {
	next   http.RoundTripper
	mu     sync.Mutex
	status int
	page   bool
}

func (p *probe) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := p.next.RoundTrip(req)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.status, p.page = resp.StatusCode, strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
	}
	return resp, err
}

// ErrUntold is that a registry does not tell what a credential may do.
var ErrUntold = errors.New("it cannot be told")

// Granted returns which of the actions (pull, push, delete) on a repository the token service grants.
// Nothing is written, and nothing but a token is asked for.
func Granted(ctx context.Context, repo name.Repository, a Access, actions []string) ([]string, error) {
	g := newGuard(repo.Registry, a)
	ping, err := transport.Ping(ctx, repo.Registry, g)
	if err != nil {
		return nil, err
	}
	g.settle(ping)
	if !isBearer(ping) {
		return nil, fmt.Errorf("%w: the registry has no token service, and to try is to write", ErrUntold)
	}
	if err := a.allow(g, ping); err != nil {
		return nil, err
	}
	token, err := exchange(ctx, repo, a, g, ping, strings.Join(actions, ","))
	if err != nil {
		return nil, err
	}
	access, ok := accessOf(token.Token)
	if !ok {
		return nil, fmt.Errorf("%w: the token does not say what it grants", ErrUntold)
	}
	var out []string
	for _, one := range access {
		if one.Type != "repository" || one.Name != repo.RepositoryStr() {
			continue
		}
		for _, action := range actions {
			if (slices.Contains(one.Actions, action) || slices.Contains(one.Actions, "*")) && !slices.Contains(out, action) {
				out = append(out, action)
			}
		}
	}
	return out, nil
}

// entry is a right in a token.
type entry struct {
	Type, Name string
	Actions    []string
}

// accessOf reads the rights out of a token that is a JWT, see https://distribution.github.io/distribution/spec/auth/jwt/.
// Its signature is for the registry: the token came from the service that was asked.
func accessOf(token string) (access []entry, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil, false
	}
	var claims struct{ Access *[]entry }
	if json.Unmarshal(payload, &claims) != nil || claims.Access == nil {
		return nil, false
	}
	return *claims.Access, true
}

// The bounds of a list of tags.
const (
	maxPages = 100
	maxTags  = 100_000
)

// Tags returns the tags of the repository.
func (s *Session) Tags(ctx context.Context) ([]string, error) {
	puller, err := remote.NewPuller(remote.WithTransport(s.transport))
	if err != nil {
		return nil, err
	}
	pages, err := puller.Lister(ctx, s.repo)
	if err != nil {
		return nil, err
	}
	var out []string
	for n := 0; pages.HasNext(); n++ {
		page, err := pages.Next(ctx)
		if err != nil {
			return nil, err
		}
		if out = append(out, page.Tags...); n >= maxPages || len(out) > maxTags {
			return nil, fmt.Errorf("the list of tags does not end: more than %d pages or %d tags", maxPages, maxTags)
		}
	}
	return out, nil
}

// Accepted asks the API with the credential, and tells whether the registry accepts it.
func (s *Session) Accepted(ctx context.Context) (bool, error) {
	url := fmt.Sprintf("%s://%s/v2/", s.repo.Scheme(), s.repo.RegistryStr())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false, err
	}
	resp, err := s.transport.RoundTrip(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden {
		return false, nil
	}
	return true, transport.CheckError(resp, http.StatusOK)
}
