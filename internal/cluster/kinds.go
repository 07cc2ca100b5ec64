package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

type kindKey struct{ apiVersion, kind string }

// kinds knows what kinds a server has. What it does not know it asks for each time, by one small request for the
// group and version: a step before may have installed the CRD a moment ago.
type kinds struct {
	client *client
	file   string // "": not kept
	groups *flights[string, []*Resource]
	loaded sync.Once     // from the file
	turn   chan struct{} // of capacity 1: who discovers

	discovered bool // all of it, in this run; guarded by turn

	mu    sync.Mutex
	known map[kindKey]*Resource
}

var unsafeInFiles = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9._-]+`) })

func newKinds(c *client, cacheDir string) *kinds {
	k := &kinds{client: c, known: map[kindKey]*Resource{}, turn: make(chan struct{}, 1)}
	if cacheDir != "" {
		host := strings.Trim(unsafeInFiles().ReplaceAllString(c.base.Host+c.base.Path, "_"), "_")
		k.file = filepath.Join(cacheDir, "discovery", host+".json")
	}
	k.groups = newFlights(c, k.group)
	return k
}

// find returns the resource of a kind. A kind that the server does not have is a *steps.NoKind.
func (k *kinds) find(ctx context.Context, apiVersion, kind string) (*Resource, error) {
	if r, ok := k.look(apiVersion, kind); ok {
		return r, nil
	}
	group, version, _ := strings.Cut(apiVersion, "/")
	if err := segments(group, version); err != nil {
		return nil, fmt.Errorf("apiVersion %q: %w", apiVersion, err)
	}
	k.loaded.Do(func() { k.add(k.load()) })
	if r, ok := k.look(apiVersion, kind); ok {
		return r, nil
	}
	if err := k.discover(ctx, apiVersion, kind); err != nil {
		return nil, err
	}
	if r, ok := k.look(apiVersion, kind); ok {
		return r, nil
	}
	rs, err := k.groups.take(ctx, apiVersion, "")
	if err != nil {
		return nil, err
	}
	k.add(rs)
	if r, ok := k.look(apiVersion, kind); ok && served(rs, kind) {
		return r, nil
	}
	return nil, &steps.NoKind{APIVersion: apiVersion, Kind: kind, Hint: k.hint(apiVersion, kind)}
}

func (k *kinds) look(apiVersion, kind string) (*Resource, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.known[kindKey{apiVersion, kind}]
	return r, ok
}

// forget drops a kind that turned out to be gone.
func (k *kinds) forget(r *Resource) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, kindKey{r.APIVersion(), r.Kind})
}

func (k *kinds) add(rs []*Resource) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, r := range rs {
		key := kindKey{r.APIVersion(), r.Kind}
		if old, ok := k.known[key]; !ok || old.Plural != r.Plural || old.Namespaced != r.Namespaced {
			k.known[key] = r
		}
	}
}
