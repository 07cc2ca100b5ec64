package steps

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// httpStates are the keys by which services say in JSON how they are.
var httpStates = []string{"status", "state", "health", "healthy", "ok", "ready"}

// draft expects the status, the redirects, the content type, the title, and what a service says of its health, where two
// looks agree on it. The rest of a body and of the headers is not expected.
func (p *httpPool) draft(ctx context.Context, at check.Site, _ string, a httpArgs) (check.Draft, error) {
	var d check.Draft
	at.Warn = nil
	if len(a.Status) == 0 {
		a.Status = []httpStatus{{"any", 100, 999}}
	}
	a.Follow = true
	first, second, _, err := twice(func() (check.Result, error) { return p.look(ctx, at, a) })
	if err != nil {
		return d, err
	}
	x, y := first.Self.(httpSelf), second.Self.(httpSelf)
	switch {
	case !first.OK:
		return d, unfitAs(first)
	case !second.OK:
		return d, unfitAs(second)
	case x.Status >= 500 || x.Status == http.StatusTooManyRequests || x.Status == http.StatusRequestTimeout:
		return d, unfit(fmt.Sprintf("it answers %d: that is no state to expect", x.Status))
	case x.Status != y.Status:
		return d, unfit(fmt.Sprintf("it answers %d, and a moment later %d", x.Status, y.Status))
	}
	if hops := httpHops(x); len(hops) > 0 {
		if slices.EqualFunc(hops, httpHops(y), func(a, b any) bool { return show(a) == show(b) }) {
			d.Add("redirects", hops)
		} else {
			d.Add("follow", true)
			d.Notes = append(d.Notes, "the redirects are not expected: two looks were sent to different places")
		}
	}
	d.Add("status", x.Status)
	httpDraftContent(&d, x, y)
	return d, nil
}

func httpDraftContent(d *check.Draft, x, y httpSelf) {
	media, _, _ := mime.ParseMediaType(x.Headers["content-type"])
	if isShown(media) && strings.HasPrefix(y.Headers["content-type"], media) {
		d.Add("headers", map[string]any{"content-type": "^" + regexp.QuoteMeta(media)})
	}
	if x.Title != "" {
		switch {
		case x.Title != y.Title:
			d.Notes = append(d.Notes, "the title is not expected: two looks saw different ones")
		case isShown(oneLine(x.Title)):
			d.Add("title", oneLine(x.Title))
		}
	}
	says := map[string]any{}
	now, _ := x.JSON.(map[string]any)
	then, _ := y.JSON.(map[string]any)
	for _, key := range httpStates {
		switch v := now[key].(type) {
		case bool:
			if then[key] == v {
				says[key] = v
			}
		case string:
			if then[key] == v && isShown(v) && len(v) <= 20 {
				says[key] = v
			}
		}
	}
	if len(says) > 0 {
		d.Add("json", says)
	}
	if body := strings.TrimRight(x.Body, "\r\n"); media == "text/plain" && isShown(body) && len(body) <= 20 && y.Body == x.Body {
		d.Add("body", map[string]any{"equals": body})
	}
}

// httpHops are the redirects as a step expects them: the status, and where to, without the query, which is often made
// for one request. Nil, where one of them cannot stand in a plan.
func httpHops(self httpSelf) []any {
	var out []any
	for _, hop := range self.Redirects {
		from, err := url.Parse(hop.URL)
		to, err2 := url.Parse(hop.To)
		if err != nil || err2 != nil {
			return nil
		}
		where := to.EscapedPath()
		if where == "" {
			where = "/"
		}
		if from.Scheme != to.Scheme || from.Host != to.Host {
			where = to.Scheme + "://" + to.Host + where
		}
		if !isShown(where) {
			return nil
		}
		out = append(out, map[string]any{"status": hop.Status, "to": where})
	}
	return out
}
