package steps

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// BenchmarkHTTPLook makes 200 looks, 16 at once, and beside it as many requests of a bare client: the floor.
func BenchmarkHTTPLook(b *testing.B) {
	s := httptest.NewServer(testsrv.Site())
	defer s.Close()
	pool := newHTTPPool()
	defer pool.close()
	args := httpArgs{URL: s.URL + "/health/", Method: "GET", MaxBody: 1 << 20, JSON: map[string]any{"status": "ok"}}
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	benchmark200(b, "look", func(ctx context.Context) error {
		_, err := pool.look(ctx, check.Site{}, args)
		return err
	})
	benchmark200(b, "floor", func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, "GET", args.URL, nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err
	})
}

func benchmark200(b *testing.B, name string, f func(context.Context) error) {
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			group, ctx := errgroup.WithContext(b.Context())
			group.SetLimit(16)
			for range 200 {
				group.Go(func() error { return f(ctx) })
			}
			if err := group.Wait(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
