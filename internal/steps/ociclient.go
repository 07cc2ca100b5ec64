package steps

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// ociClient talks to registries: all looks share connections, tokens and what is known by its digest.
type ociClient struct {
	cluster  Cluster
	pool     *httpPool
	sessions oci.Sessions
}

func newOCIClient(d Deps) *ociClient { return &ociClient{cluster: d.Cluster, pool: newHTTPPool()} }

// ociVisit is one look at a registry while it goes on.
type ociVisit struct {
	client *ociClient
	at     check.Site
	reach  ociReach
	stage  *httpStage
	sent   bool // with a credential
}

// visit begins a look; ctx is for all that it asks.
func (c *ociClient) visit(ctx context.Context, at check.Site, a ociReach, reg name.Registry) (context.Context, *ociVisit) {
	v := &ociVisit{client: c, at: at, reach: a, stage: &httpStage{host: reg.RegistryStr()}}
	return context.WithValue(ctx, stageKey{}, v.stage), v
}

type stageKey struct{}

// ociRoute tells the stage of the look of each request that it makes.
type ociRoute struct{ *httpRoute }

// RoundTrip makes one request.
func (r ociRoute) RoundTrip(req *http.Request) (*http.Response, error) {
	stage, ok := req.Context().Value(stageKey{}).(*httpStage)
	if !ok {
		return r.httpRoute.RoundTrip(req)
	}
	if err := req.Context().Err(); err != nil { // what it waited for is what came before
		return nil, err
	}
	req = req.Clone(stage.trace(req.Context(), req.URL))
	req.Header.Set("User-Agent", "wpctl")
	resp, err := r.httpRoute.RoundTrip(req)
	if err == nil {
		stage.reach(stageBody)
	}
	return resp, err
}

// access makes ready to ask about a repository: with the step's credential, or anonymously.
func (v *ociVisit) access(ctx context.Context, repo name.Repository, anonymous bool) (oci.Access, error) {
	route, err := v.client.pool.route(v.at, v.reach.netReach)
	if err != nil {
		return oci.Access{}, err
	}
	a := oci.Access{Transport: ociRoute{route}, Shape: fmt.Sprintf("%p %d", route, v.at.Changes), Plain: v.reach.PlainHTTP, HTTPSOnly: v.reach.httpsOnly}
	if v.sent = !anonymous && !v.reach.anonymous(); !v.sent {
		return a, nil
	}
	places := v.reach.places(repo.Registry, route.dialer)
	if v.reach.PlainHTTP && !loopback(places[len(places)-1]) && v.at.Warn != nil {
		v.at.Warn("the credential for %s travels unencrypted: plainHTTP is set", repo.RegistryStr())
	}
	auth, named, err := v.client.credential(ctx, v.at, v.reach, repo, places)
	if err != nil {
		return oci.Access{}, err
	}
	a.Auth = auth
	a.Allow = func(realm string) error {
		for _, name := range named {
			if err := granted(v.at, name, realm); err != nil {
				return err
			}
		}
		return nil
	}
	// Grants differ between plans: what one was granted is not another's.
	a.Shape += fmt.Sprintf(" %x", sha256.Sum256([]byte(strings.Join(named, "\n"))))
	return a, nil
}

// open opens a session with the repository.
func (v *ociVisit) open(ctx context.Context, repo name.Repository, anonymous bool) (*oci.Session, error) {
	a, err := v.access(ctx, repo, anonymous)
	if err != nil {
		return nil, &unsent{err}
	}
	return v.client.sessions.Open(ctx, repo, a)
}

// unsent is an error from before anything was sent.
type unsent struct{ error }

func (u *unsent) Unwrap() error { return u.error }

// fault makes an error of a look that found nothing out.
func (v *ociVisit) fault(ctx context.Context, doing string, err error) error {
	var denied *check.Denied
	var auth *check.Unauthenticated
	if errors.As(err, &denied) || errors.As(err, &auth) {
		return err
	}
	var early *unsent
	if errors.As(err, &early) {
		return early.error
	}
	var large *oci.TooLarge
	if errors.As(err, &large) && ctx.Err() == nil {
		return large
	}
	switch status, _ := oci.Status(err); {
	case ctx.Err() != nil || status == 0:
	case status == http.StatusUnauthorized:
		return &check.Unauthenticated{Err: errors.New(v.answers(err))}
	case status == http.StatusTooManyRequests, status >= 500:
		return &check.Transient{Err: fmt.Errorf("%s: %s", doing, v.answers(err))}
	default:
		return fmt.Errorf("%s: %s", doing, v.answers(err))
	}
	return netError(ctx, v.stage.waitedFor(), doing, ociCause(err))
}

// ociCause takes off what stands around an error of the network. The library tries two schemes and returns both errors.
func ociCause(err error) error {
	var op *net.OpError
	var name *net.DNSError
	var cert *tls.CertificateVerificationError
	var at *url.Error
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return errors.New("the registry speaks plain HTTP: where that is meant, say plainHTTP: true")
	case errors.As(err, &op), errors.As(err, &name): // netError finds them
		return err
	case errors.As(err, &cert):
		return cert
	case errors.As(err, &at):
		return at.Err
	}
	return err
}

// answers tells the answer that err is about: "registry.example answers 401 UNAUTHORIZED to the credential".
func (v *ociVisit) answers(err error) string {
	who := oci.Answered(err)
	var token *oci.TokenError
	if errors.As(err, &token) {
		who = "the token service " + who
	}
	text := who + " answers " + statusWords(err)
	switch {
	case !oci.Refused(err):
	case v.sent:
		text += " to the credential"
	default:
		text += " without a credential"
	}
	return text
}

// statusWords is a status with the registry's own code for it: 404 MANIFEST_UNKNOWN.
func statusWords(err error) string {
	status, code := oci.Status(err)
	if code == "" {
		return strings.TrimSpace(fmt.Sprintf("%d %s", status, http.StatusText(status)))
	}
	return fmt.Sprintf("%d %s", status, code)
}
