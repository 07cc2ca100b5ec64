package steps

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// TestHTTPProxy: what a proxy does tells nothing of the server behind it.
func TestHTTPProxy(t *testing.T) {
	refusing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) })
	wanting := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusProxyAuthRequired) })
	for _, row := range []struct {
		name, url, want string
		proxy           http.Handler // nil: nothing listens
	}{
		{"dead", "https://web.example/", "connect to the proxy: connection refused", nil},
		{"refusing", "https://web.example/", "answers 403 Forbidden", refusing},
		{"wanting a credential", "http://web.example/", "the proxy wants a credential", wanting},
	} {
		t.Run(row.name, func(t *testing.T) {
			noLeaks(t)
			pool := newHTTPPool()
			t.Cleanup(pool.close)
			l := newNetLooker(t, pool.kind())
			l.vars["PROXY"] = testsrv.ClosedAddr
			if row.proxy != nil {
				l.web(t, "PROXY", row.proxy)
			}
			route, err := pool.route(l.site, netReach{})
			if err != nil {
				t.Fatal(err)
			}
			route.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: l.vars["PROXY"]})
			r, err := l.look(t, `{url: "`+row.url+`"}`)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Error(netWords(r, err))
			}
		})
	}
	t.Run("left out for resolve", func(t *testing.T) {
		d, err := netReach{Resolve: []string{"web.example:443:127.0.0.1"}}.dialer(check.Site{})
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse("https://web.example/")
		if proxy, err := d.proxy(&http.Request{URL: u}); proxy != nil || err != nil {
			t.Error(proxy, err)
		}
	})
}
