package cluster

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/rest"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const (
	maxRequests = 16       // at once; the server's priority and fairness does the rest
	maxBody     = 64 << 20 // bytes of one answer
)

// client talks to one cluster.
type client struct {
	place     Place
	config    *rest.Config // for connections that are not shared
	base      *url.URL
	http      *http.Client
	timeout   time.Duration
	contact   contact
	renews    bool // credentials are made anew after they were refused
	slots     chan struct{}
	kinds     *kinds
	objects   *flights[query, objects]
	refused   scopes   // where a list was forbidden
	sizes     sync.Map // scope → how many objects it had when one was last listed
	watches   watches
	resources *resources

	ctx  context.Context // ends with close
	stop context.CancelFunc

	mu     sync.Mutex
	wg     sync.WaitGroup // what runs
	closed bool           // nobody is counted any more
}

func newClient(p Place, cfg *rest.Config, cacheDir string) (*client, error) {
	c := &client{
		place: p, timeout: cfg.Timeout, config: rest.CopyConfig(cfg), renews: cfg.ExecProvider != nil || cfg.AuthProvider != nil,
		contact: contact{turn: make(chan struct{}, 1)},
		slots:   make(chan struct{}, maxRequests),
	}
	cfg.Dial = c.contact.dial
	cfg.Timeout = 0 // ours bounds requests and leaves watches alone
	var err error
	if c.base, _, err = rest.DefaultServerUrlFor(cfg); err != nil {
		return nil, fmt.Errorf("server of context %q: %w", p.Context, err)
	}
	if c.http, err = rest.HTTPClientFor(cfg); err != nil {
		return nil, fmt.Errorf("context %q of the kubeconfig: %s", p.Context, oneLine(err))
	}
	c.ctx, c.stop = context.WithCancel(context.Background())
	c.kinds = newKinds(c, cacheDir)
	c.resources = &resources{client: c, turn: make(chan struct{}, 1)}
	c.objects = newFlights(c, c.fetch)
	c.objects.alike = c.singly
	c.watches.client = c
	return c, nil
}

// close ends what runs for the client, and waits for it.
func (c *client) close() {
	c.stop()
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.wg.Wait()
	utilnet.CloseIdleConnectionsFor(c.http.Transport)
	c.contact.conns.close()
}

// run calls f beside its caller; close waits for it. After close f finds ctx ended, and ends soon itself.
func (c *client) run(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		go f()
		return
	}
	c.wg.Go(f)
}

// request is a GET where it says no method. Its words are for errors.
type request struct {
	method      string
	path        string
	params      url.Values
	accept      string // "": JSON
	body        []byte // nil: none
	contentType string // of body; "": JSON
	what        what
}

// get decodes the answer to r into v.
// The answer was begun after get was called. Errors are in the words of fault.
func (c *client) get(ctx context.Context, r request, v any) error {
	return c.do(ctx, r.what, func(ctx context.Context) error {
		body, err := c.open(ctx, r)
		if err != nil {
			return err
		}
		defer body.Close()
		data, err := io.ReadAll(io.LimitReader(body, maxBody+1))
		if err != nil {
			return err
		}
		if len(data) > maxBody {
			return &tooLarge{fmt.Sprintf("the answer is larger than %d MiB", maxBody>>20)}
		}
		if err := utiljson.Unmarshal(data, v); err != nil {
			return fmt.Errorf("the answer is not one of a Kubernetes API: %w", err)
		}
		return nil
	})
}

// do calls f in its turn, within the bounds on time and number, and words its error.
func (c *client) do(ctx context.Context, w what, f func(context.Context) error) error {
	first, err := c.contact.enter(ctx)
	if err != nil {
		return err
	}
	if !first {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	limited, cancel := context.WithTimeoutCause(ctx, c.timeout, errSilent)
	defer cancel()
	err = f(limited)
	if err != nil && errors.Is(context.Cause(limited), errSilent) {
		err = errSilent
	}
	worded := c.fault(w, err, !first)
	if first {
		c.settle(ctx, err, worded)
	}
	return worded
}

// settle ends the first contact.
func (c *client) settle(ctx context.Context, err, worded error) {
	var mayPass *check.Transient
	switch refused := (*refusal)(nil); {
	case err == nil:
		c.contact.leave(true, nil)
	case errors.As(err, &refused) && refused.code != http.StatusUnauthorized:
		c.contact.leave(true, nil)
	case ctx.Err() != nil, errors.As(worded, &mayPass):
		c.contact.leave(false, nil)
	default:
		c.contact.leave(refused != nil, worded)
	}
}

// open sends r and returns the body of a good answer; another one is a *refusal.
// Credentials that ran out are refused once, and then made anew by who makes them.
func (c *client) open(ctx context.Context, r request) (io.ReadCloser, error) {
	body, err := c.send(ctx, r)
	var refused *refusal
	if c.renews && errors.As(err, &refused) && refused.code == http.StatusUnauthorized {
		return c.send(ctx, r)
	}
	return body, err
}

func (c *client) send(ctx context.Context, r request) (io.ReadCloser, error) {
	u := *c.base
	u.Path = joinPath(u.Path, r.path)
	u.RawQuery = r.params.Encode()
	req, err := http.NewRequestWithContext(ctx, cmp.Or(r.method, http.MethodGet), u.String(), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	if r.accept == "" {
		r.accept = "application/json"
	}
	req.Header.Set("Accept", r.accept)
	if r.body != nil {
		req.Header.Set("Content-Type", cmp.Or(r.contentType, "application/json"))
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	warnings(ctx).add(resp.Header)
	if resp.StatusCode/100 != 2 {
		defer resp.Body.Close()
		return nil, refusalOf(resp)
	}
	return resp.Body, nil
}
