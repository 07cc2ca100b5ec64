package cluster

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	transportspdy "k8s.io/client-go/transport/spdy"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/klog/v2"
	"k8s.io/streaming/pkg/httpstream"
	"k8s.io/streaming/pkg/httpstream/spdy"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// pingPeriod is how often a SPDY connection says that it is still wanted; that of WebSocket is client-go's own.
const pingPeriod = 5 * time.Second

var _ steps.Execer = (*Clusters)(nil)

// Exec runs a command in a container, over WebSocket, or SPDY where a server or a proxy knows no better.
// See steps.Execer.
func (cs *Clusters) Exec(ctx context.Context, cluster string, x steps.Command) (int, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return 0, err
	}
	if err := segments(x.Namespace, x.Pod); err != nil {
		return 0, err
	}
	if err := c.greet(ctx); err != nil {
		return 0, err
	}
	return c.exec(ctx, x)
}

// greet makes the first contact where nobody has, so that a dead server is found dead as soon as by a read.
func (c *client) greet(ctx context.Context) error {
	if c.contact.made.Load() {
		return nil
	}
	var version struct{}
	err := c.get(ctx, request{path: "/version", what: what{verb: "get", resource: "the server's version"}}, &version)
	if errors.Is(err, errDenied) {
		return nil
	}
	return err
}

func (c *client) exec(ctx context.Context, x steps.Command) (int, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.ctx, func() { cancel(context.Canceled) })()
	silent := time.AfterFunc(c.timeout, func() { cancel(errSilent) })
	defer silent.Stop()
	run, err := c.executor(x, func() { silent.Stop() })
	if err != nil {
		return 0, err
	}
	s := openStreams(x)
	defer s.close()
	err = run.StreamWithContext(klog.NewContext(ctx, logr.Discard()), s.options()) // what goes wrong is in err
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var exited utilexec.CodeExitError
	switch {
	case err == nil:
		return 0, nil
	case errors.As(err, &exited) && !unstarted(exited.Code, s.head()):
		return exited.Code, nil
	case errors.As(err, &exited):
		return 0, noProgram(x, s.head())
	}
	return 0, c.execFault(x, err)
}

// executor returns who runs x; answered is called when the server has answered.
func (c *client) executor(x steps.Command, answered func()) (remotecommand.Executor, error) {
	cfg := rest.CopyConfig(c.config)
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return answering{next, answered} })
	u := *c.base
	u.Path = joinPath(u.Path, "/api/v1/namespaces/"+x.Namespace+"/pods/"+x.Pod+"/exec")
	params := url.Values{"command": x.Args, "stdout": {"true"}, "stderr": {"true"}}
	if x.Container != "" {
		params.Set("container", x.Container)
	}
	if x.Stdin != nil {
		params.Set("stdin", "true")
	}
	u.RawQuery = params.Encode()
	modern, err := remotecommand.NewWebSocketExecutor(cfg, http.MethodGet, u.String())
	if err != nil {
		return nil, err
	}
	old, err := spdyExecutor(cfg, &u)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(modern, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

func spdyExecutor(cfg *rest.Config, u *url.URL) (remotecommand.Executor, error) {
	transport, upgrader, err := spdyTransport(cfg)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewSPDYExecutorForTransports(transport, transportspdy.NewUpgraderForStreaming(certain{upgrader}), http.MethodPost, u)
}

func spdyTransport(cfg *rest.Config) (http.RoundTripper, refusing, error) {
	tlsConfig, err := rest.TLSConfigFor(cfg)
	if err != nil {
		return nil, refusing{}, err
	}
	upgrader, err := spdy.NewRoundTripperWithConfig(spdy.RoundTripperConfig{TLS: tlsConfig, Proxier: cfg.Proxy, PingPeriod: pingPeriod})
	if err != nil {
		return nil, refusing{}, err
	}
	transport, err := rest.HTTPWrappersForConfig(cfg, upgrader)
	return transport, refusing{upgrader}, err
}

// answering tells when an answer has come.
type answering struct {
	http.RoundTripper
	answered func()
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := a.RoundTripper.RoundTrip(r)
	if err == nil {
		a.answered()
	}
	return resp, err
}
