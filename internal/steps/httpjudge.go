package steps

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// look asks, reads and judges.
func (v *httpVisit) look(ctx context.Context) (check.Result, error) {
	resp, err := v.walk(ctx)
	if err != nil {
		return v.fault(ctx, err)
	}
	if err := v.read(ctx, resp); err != nil {
		return check.Result{}, err
	}
	if v.refused() {
		return check.Result{}, &check.Unauthenticated{Err: fmt.Errorf("%s answers 401 to the credential", v.first.Host)}
	}
	if resp.StatusCode == http.StatusProxyAuthRequired {
		return check.Result{}, &check.Unauthenticated{Err: errors.New("the proxy wants a credential (407)")}
	}
	ms, err := v.judge(ctx)
	if err != nil {
		return check.Result{}, err
	}
	return netVerdict(v.saw(), ms, v.why(), nil), nil
}

// fault tells what a request without an answer shows: something of the server, or nothing.
func (v *httpVisit) fault(ctx context.Context, err error) (check.Result, error) {
	host, _ := url.Parse(v.seen.URL)
	var bad *tls.CertificateVerificationError
	if errors.As(err, &bad) {
		want := chainWant{names: []string{asciiHost(host.Hostname())}, roots: v.route.roots, now: siteNow(v.at)}
		faults := want.faults(bad.UnverifiedCertificates)
		if len(faults) == 0 {
			faults = []chainFault{{want: "a certificate that verifies", saw: bad.Err.Error()}}
		}
		ms, why := chainMismatches(faults)
		return netFault(hostPort(host), netVerdict(v.chainSaw(), ms, why, nil), ms), nil
	}
	if strings.Contains(err.Error(), "response headers exceeded") {
		return check.Result{}, fmt.Errorf("the headers from %s are larger than %d bytes", host.Host, maxHeader)
	}
	saw, ok := netSeen(err)
	if ctx.Err() != nil || !ok {
		return check.Result{}, netError(ctx, v.stage.waitedFor(), v.args.Method+" "+withoutQuery(v.seen.URL), err)
	}
	if _, reused := v.stage.connection(); reused {
		return check.Result{}, &check.Transient{Err: fmt.Errorf("%s closed a connection that was kept open", host.Host)}
	}
	ms := []Mismatch{{Want: "an answer from " + host.Host, Saw: saw}}
	return netFault(v.route.dialer.server(hostPort(host)), netVerdict(v.chainSaw(), ms, netWhy(saw), nil), ms), nil
}

// refused tells whether a credential was sent and not accepted, where that was not expected.
func (v *httpVisit) refused() bool {
	return v.auth != "" && !v.bare && v.seen.Status == http.StatusUnauthorized && !anyStatus(v.args.Status, v.seen.Status)
}

// judge compares what was seen with what is wanted.
// The error says that the part of the body that was read does not decide.
func (v *httpVisit) judge(ctx context.Context) ([]Mismatch, error) {
	ms := v.judgeRedirects()
	if v.cut != "" {
		ms = append(ms, Mismatch{"redirects that end", v.cut})
	}
	ms = append(ms, v.judgeStatus()...)
	for _, name := range slices.Sorted(maps.Keys(v.args.Headers)) {
		r, value := v.args.Headers[name], v.seen.Headers[strings.ToLower(name)]
		if _, there := v.seen.Headers[strings.ToLower(name)]; !there || !r.MatchString(value) {
			ms = append(ms, Mismatch{fmt.Sprintf("header %s matches %q", strings.ToLower(name), r.Src), strings.ToLower(name) + ": " + Quote(value)})
		}
	}
	if v.broken != "" {
		return append(ms, Mismatch{"a whole body", v.broken}), nil
	}
	if v.seen.Truncated && len(ms) == 0 && v.at.Warn != nil {
		v.at.Warn("the body is longer than %d bytes; only its beginning was read (maxBody)", v.args.MaxBody)
	}
	body, err := v.judgeBody()
	if err != nil && len(ms) == 0 {
		return nil, err
	}
	ms = append(ms, body...)
	html, err := v.judgeHTML(ctx)
	if err != nil && len(ms) == 0 {
		return nil, err
	}
	return append(ms, html...), nil
}

// judgeStatus applies the default where no status is written: 200 where nothing else is expected either,
// else any that is no error.
func (v *httpVisit) judgeStatus() []Mismatch {
	wanted, words := v.args.Status, "a status below 400"
	switch {
	case len(wanted) > 0:
		srcs := make([]string, len(wanted))
		for i, s := range wanted {
			srcs[i] = s.src
		}
		words = "status " + strings.Join(srcs, " or ")
	case v.args.Headers == nil && !v.args.needsBody() && v.args.Redirects == nil:
		wanted, words = []httpStatus{{"200", 200, 200}}, "status 200"
	default:
		wanted = []httpStatus{{"", 200, 399}}
	}
	if anyStatus(wanted, v.seen.Status) {
		return nil
	}
	return []Mismatch{{Want: words}} // what was seen begins with the status
}

func (v *httpVisit) judgeRedirects() (out []Mismatch) {
	if v.args.Redirects == nil {
		return nil
	}
	for i := range max(len(v.args.Redirects), len(v.seen.Redirects)) {
		want, saw := "no further redirect", "no redirect"
		if i < len(v.seen.Redirects) {
			hop := v.seen.Redirects[i]
			base, _ := url.Parse(hop.URL)
			saw = fmt.Sprintf("redirect %d is %d → %s", i+1, hop.Status, shortURL(hop.To, base))
			if i < len(v.args.Redirects) && v.args.Redirects[i].is(hop, base) {
				continue
			}
		}
		if i < len(v.args.Redirects) {
			want = fmt.Sprintf("redirect %d is %s", i+1, v.args.Redirects[i])
		}
		return []Mismatch{{want, saw}} // the first wrong one; the others follow from it
	}
	return nil
}

func (r httpRedirect) String() string {
	if r.Status == 0 {
		return "→ " + r.To
	}
	return fmt.Sprintf("%d → %s", r.Status, r.To)
}

// is tells whether hop is as expected; a query that is not written is not compared.
func (r httpRedirect) is(hop httpHop, base *url.URL) bool {
	to, err := url.Parse(hop.To)
	want, err2 := url.Parse(r.To)
	if err != nil || err2 != nil || r.Status != 0 && r.Status != hop.Status {
		return false
	}
	if want.Host != "" && !(strings.EqualFold(want.Scheme, to.Scheme) && hostPort(want) == hostPort(to)) {
		return false
	}
	path := func(u *url.URL) string { return "/" + strings.TrimPrefix(u.EscapedPath(), "/") }
	return path(want) == path(to) && (want.RawQuery == "" || want.RawQuery == to.RawQuery)
}
