package steps

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/sync/errgroup"
)

// maxAssets bounds how many files of a page are asked for, eight at once.
const maxAssets = 100

// httpAsset is a script or stylesheet that a page names.
type httpAsset struct {
	URL    string `json:"url" doc:"of the file"`
	Kind   string `json:"kind" doc:"script or stylesheet"`
	Status int    `json:"status" doc:"the status of its answer"`
	Type   string `json:"type" doc:"the content type"`
}

// judgeAssets asks for each script and stylesheet of the page's own origin.
// A redirect is not followed, and is a finding like any status but 200.
func (v *httpVisit) judgeAssets(ctx context.Context, doc *goquery.Document) ([]Mismatch, error) {
	page, err := url.Parse(v.seen.URL)
	if err != nil {
		return nil, err
	}
	assets := findAssets(doc, page)
	switch {
	case len(assets) == 0:
		return []Mismatch{{"scripts or stylesheets of the page's own origin", "the page names none"}}, nil
	case len(assets) > maxAssets:
		return nil, fmt.Errorf("the page names %d scripts and stylesheets; no more than %d are asked for", len(assets), maxAssets)
	}
	faults := make([]string, len(assets))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range assets {
		group.Go(func() (err error) {
			faults[i], err = v.askAsset(ctx, &assets[i])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	v.seen.Assets = assets
	var ms []Mismatch
	for i, a := range assets {
		if faults[i] == "" {
			faults[i] = a.wrong()
		}
		if faults[i] != "" {
			ms = append(ms, Mismatch{"every script and stylesheet answers 200 with its type", shortURL(a.URL, page) + ": " + faults[i]})
		}
	}
	return ms, nil
}

// findAssets returns the scripts and stylesheets of page's origin, each once, in the page's order.
func findAssets(doc *goquery.Document, page *url.URL) (out []httpAsset) {
	base := page
	if href, ok := doc.Find("base[href]").First().Attr("href"); ok {
		if u, err := page.Parse(strings.TrimSpace(href)); err == nil {
			base = u
		}
	}
	for _, node := range doc.Find(`script[src], link[rel~="stylesheet" i][href]`).EachIter() {
		kind, ref := "script", node.AttrOr("src", "")
		if node.Is("link") {
			kind, ref = "stylesheet", node.AttrOr("href", "")
		}
		u, err := base.Parse(strings.TrimSpace(ref))
		if err != nil || u.Host == "" || u.Scheme != page.Scheme || hostPort(u) != hostPort(page) {
			continue
		}
		u.User, u.Fragment, u.RawFragment = nil, "", ""
		if !slices.ContainsFunc(out, func(a httpAsset) bool { return a.URL == u.String() }) {
			out = append(out, httpAsset{URL: u.String(), Kind: kind})
		}
	}
	return out
}

// askAsset fills in what the server answers; the fault says what it did in place of an answer.
func (v *httpVisit) askAsset(ctx context.Context, a *httpAsset) (fault string, err error) {
	u, err := url.Parse(a.URL)
	if err != nil {
		return "", err
	}
	var stage httpStage
	req, err := v.request(stage.trace(ctx, u), http.MethodGet, u, false)
	if err != nil {
		return "", err
	}
	resp, err := v.route.RoundTrip(req)
	if err != nil {
		if saw, ok := netSeen(err); ok && ctx.Err() == nil {
			return saw, nil
		}
		return "", netError(ctx, stage.waitedFor(), "GET "+withoutQuery(a.URL), err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 1<<20) // so that the connection can be used again
	a.Status, a.Type = resp.StatusCode, resp.Header.Get("Content-Type")
	return "", nil
}

// wrong says what is wrong with the answer, "" where it is right.
func (a httpAsset) wrong() string {
	media, _, _ := mime.ParseMediaType(a.Type)
	switch {
	case a.Status != http.StatusOK:
		return fmt.Sprint(a.Status)
	case a.Kind == "stylesheet" && media != "text/css",
		a.Kind == "script" && !isScript(media):
		return fmt.Sprintf("content type %s for a %s", Quote(a.Type), a.Kind)
	}
	return ""
}

// isScript tells whether browsers run a file of that type (https://mimesniff.spec.whatwg.org/#javascript-mime-type)
// or read it as data that a page may name in a script element.
func isScript(media string) bool {
	switch media {
	case "text/javascript", "application/javascript", "application/x-javascript", "application/ecmascript",
		"text/ecmascript", "application/json", "application/importmap+json", "application/speculationrules+json":
		return true
	}
	return false
}
