package cluster

import (
	"context"
	"errors"
	"io"
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const (
	acceptMeta     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
	onlyMetaList   = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	acceptMetaList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

	firstPause, longestPause = 100 * time.Millisecond, 5 * time.Second
)

// watch is one watch and whom it wakes. It goes on, over servers that close it, until it is stopped.
type watch struct {
	client  *client
	key     watchKey
	ctx     context.Context
	stop    context.CancelFunc
	ready   chan struct{} // closed when the watch is established, cannot be, or will be and then wakes
	err     error         // why it cannot be; read after ready
	waiters []*waiter     // guarded by watches.mu
	early   bool          // a waiter did not wait for ready; guarded by watches.mu

	version string                // the resource version up to which all is seen; "": none
	labels  map[string]labels.Set // of the objects that changed, by namespace/name
}

func newWatch(c *client, k watchKey) *watch {
	ctx, stop := context.WithCancel(c.ctx)
	return &watch{client: c, key: k, ctx: ctx, stop: stop, ready: make(chan struct{}), labels: map[string]labels.Set{}}
}

// run keeps the watch up. What may have been missed while it was down wakes all.
func (o *watch) run() {
	defer o.stop()
	pause := firstPause
	for o.ctx.Err() == nil {
		began := time.Now()
		err := o.once()
		if !o.tried() {
			if fatal(err) {
				o.err = err
			}
			close(o.ready)
			if o.err != nil {
				return
			}
		}
		if errors.Is(err, errExpired) {
			o.version = ""
		}
		o.client.watches.lost(o)
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		var busy *check.Transient
		if errors.As(err, &busy) {
			pause = max(pause, busy.After)
		}
		o.sleep(pause)
		pause = min(2*pause, longestPause)
	}
	if !o.tried() {
		o.err = context.Canceled
		close(o.ready)
	}
}

// fatal tells whether a watch that fails so will not come up a moment later.
func fatal(err error) bool {
	var passing *check.Transient
	return err != nil && !errors.As(err, &passing) && !errors.Is(err, errExpired)
}

func (o *watch) tried() bool {
	select {
	case <-o.ready:
		return true
	default:
		return false
	}
}

func (o *watch) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-o.ctx.Done():
	}
}

// once opens the watch and reads it to its end.
func (o *watch) once() error {
	if o.version == "" && o.key.name == "" {
		if err := o.begin(); err != nil {
			return err
		}
	}
	body, err := o.open()
	if err != nil {
		return err
	}
	defer body.Close()
	if o.tried() || o.client.watches.early(o) {
		o.client.watches.lost(o)
	}
	if !o.tried() {
		close(o.ready)
	}
	return o.read(body)
}

// begin learns from which version to watch, without fetching what is there.
func (o *watch) begin() error {
	var p page
	err := o.client.get(o.ctx, request{
		path: o.key.path(""), accept: acceptMetaList, params: url.Values{"limit": {"1"}}, what: o.key.what("list", ""),
	}, &p)
	o.version = p.Metadata.ResourceVersion
	return err
}

// open sends the request; its time is bounded until the server's first word only.
func (o *watch) open() (body io.ReadCloser, err error) {
	r := request{path: o.key.path(""), accept: acceptMeta, params: url.Values{"watch": {"true"}, "allowWatchBookmarks": {"true"}}}
	r.what = o.key.what("watch", o.key.name)
	if o.key.name != "" {
		r.params.Set("fieldSelector", "metadata.name="+o.key.name)
	}
	if o.version != "" {
		r.params.Set("resourceVersion", o.version)
	}
	err = o.client.do(o.ctx, r.what, func(limited context.Context) error {
		ctx, cancel := context.WithCancel(o.ctx)
		bounded := context.AfterFunc(limited, cancel)
		body, err = o.client.open(ctx, r)
		if !bounded() && err == nil {
			body.Close()
			err = context.Cause(limited)
		}
		if err != nil {
			cancel()
			return err
		}
		body = closer{body, cancel}
		return nil
	})
	return body, err
}

// closer ends the request when its body is closed.
type closer struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c closer) Close() error {
	c.cancel()
	return c.ReadCloser.Close()
}
