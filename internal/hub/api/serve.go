package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// about adds the routes that tell of the hub itself.
func (s *Server) about() {
	health := operation("health", http.MethodGet, "/v1/health", "Whether the hub and its database answer")
	health.Security = []map[string][]string{}
	huma.Register(s.api, health, func(ctx context.Context, _ *struct{}) (*struct {
		Body struct {
			Status string `json:"status" enum:"ok"`
		}
	}, error,
	) {
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		if err := s.Store.Ping(ctx); err != nil {
			return nil, s.refusal(err)
		}
		out := &struct {
			Body struct {
				Status string `json:"status" enum:"ok"`
			}
		}{}
		out.Body.Status = "ok"
		return out, nil
	})
	me := operation("whoami", http.MethodGet, "/v1/whoami", "The token that asks")
	huma.Register(s.api, me, func(ctx context.Context, _ *struct{}) (*struct{ Body hub.Token }, error) {
		return &struct{ Body hub.Token }{who(ctx)}, nil
	})
}

// Serve answers on a listener until ctx ends, and then for as long as requests take that have begun. With a
// certificate it speaks TLS only.
func (s *Server) Serve(ctx context.Context, l net.Listener, cert *tls.Config) error {
	doors := limited(l, s.Limits.connections(), cmp.Or(s.Limits.PerAddress, 256))
	l = doors
	srv := &http.Server{
		Handler:   turnAway(s.Handler()),
		ConnState: doors.state, ConnContext: withRefusal,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: 64},
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 16 << 10,
		TLSConfig:      cert,
		ErrorLog:       s.Log.StandardLogger(nil),
	}
	sweeping, stop := context.WithCancel(ctx)
	swept := make(chan struct{})
	go func() {
		defer close(swept)
		s.Sweep(sweeping)
	}()
	served := make(chan error, 1)
	go func() {
		if cert != nil {
			served <- srv.ServeTLS(l, "", "")
			return
		}
		served <- srv.Serve(l)
	}()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		s.end()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		if srv.Shutdown(closing) != nil {
			_ = srv.Close() // those who are still there have had their time
		}
		cancel()
		err = <-served
	}
	stop()
	<-swept
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// indented writes the document as it is checked in.
func indented(doc *huma.OpenAPI) ([]byte, error) {
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
