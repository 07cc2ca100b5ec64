package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// The bounds of what is read of an index: the largest pages of npm have 10 MiB in their short form.
const (
	maxPage = 32 << 20
	maxInfo = 1 << 20
)

// packageLook is one look at an index while it goes on.
type packageLook struct {
	*packages
	at   check.Site
	args packageArgs
}

// packagePage is an answer of an index.
type packagePage struct {
	status      int
	contentType string
	url         *url.URL // after redirects
	body        []byte
}

// visit prepares a request. The credential goes with it where it goes to the index's own origin.
func (l *packageLook) visit(ctx context.Context, target, accept string, ranged bool) (*httpVisit, error) {
	u, err := parseTarget(target)
	if err != nil {
		return nil, fmt.Errorf("the index: %w", err)
	}
	u.User = nil
	headers := map[string]string{"Accept": accept}
	if ranged {
		headers["Range"] = "bytes=0-0"
	}
	args := httpArgs{URL: u.String(), Method: http.MethodGet, Follow: true, Request: httpRequest{Headers: headers}, netReach: l.args.netReach}
	index, err := url.Parse(l.args.index())
	home := err == nil && sameOrigin(index, u)
	if home {
		args.Auth, args.authURL = l.args.Auth, index // whose files may lie elsewhere on the same host
	}
	return l.pool.visit(ctx, l.at, args)
}

// get asks the index for a page. A page that is not there is one with its status.
func (l *packageLook) get(ctx context.Context, target, accept string, limit int64) (packagePage, error) {
	v, err := l.visit(ctx, target, accept, false)
	if err != nil {
		return packagePage{}, err
	}
	resp, err := v.ask(ctx)
	if err != nil {
		return packagePage{}, err
	}
	defer resp.Body.Close()
	page := packagePage{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type")}
	if page.url, err = url.Parse(v.seen.URL); err != nil {
		return page, err
	}
	switch {
	case resp.StatusCode == http.StatusNotFound, resp.StatusCode == http.StatusGone:
		return page, nil
	case resp.StatusCode != http.StatusOK:
		return page, v.unasked(resp.StatusCode)
	}
	page.body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil && ctx.Err() != nil:
		return page, netError(ctx, v.stage.waitedFor(), "", err)
	case err != nil:
		return page, &check.Transient{Err: fmt.Errorf("GET %s: the body broke off", shortTarget(target))}
	case int64(len(page.body)) > limit:
		return page, fmt.Errorf("GET %s: the answer is larger than %d bytes", shortTarget(target), limit)
	}
	return page, nil
}

func shortTarget(target string) string { return withoutQuery(target) }

// ask makes the request; an answer's body is still unread.
func (v *httpVisit) ask(ctx context.Context) (*http.Response, error) {
	resp, err := v.walk(ctx)
	if err != nil {
		return nil, netError(ctx, v.stage.waitedFor(), "GET "+withoutQuery(v.seen.URL), err)
	}
	v.stage.reach(stageBody)
	if v.cut != "" {
		resp.Body.Close()
		return nil, errors.New(v.cut)
	}
	return resp, nil
}

// unasked makes an error of an answer that says nothing about what was asked.
func (v *httpVisit) unasked(status int) error {
	u, err := url.Parse(v.seen.URL)
	if err != nil {
		return err
	}
	words := fmt.Sprintf("%s answers %d", u.Host, status)
	sent := v.auth != "" && !v.bare
	switch {
	case (status == http.StatusUnauthorized || status == http.StatusForbidden) && sent:
		words += " to the credential"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		words += " without a credential"
	}
	switch {
	case status == http.StatusUnauthorized:
		return &check.Unauthenticated{Err: errors.New(words)}
	case status == http.StatusTooManyRequests, status >= 500:
		return &check.Transient{Err: errors.New(words)}
	}
	return errors.New(words)
}
