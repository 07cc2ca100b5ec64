package certs

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// TestHostileAuthority has no certificate of any of them, in bounded memory, and asks nobody without TLS.
func TestHostileAuthority(t *testing.T) {
	var asked atomic.Int32
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer plain.Close()
	var sent atomic.Int64
	endless := func(begin string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, begin)
			chunk := []byte(strings.Repeat("x", 64<<10))
			for sent.Load() < 1<<30 {
				n, err := w.Write(chunk)
				sent.Add(int64(n))
				if err != nil {
					return
				}
			}
		}
	}
	directory := func(w http.ResponseWriter, r *http.Request) {
		base := "https://" + r.Host
		_, _ = io.WriteString(w, strings.ReplaceAll(`{"newNonce":"BASE/nonce","newAccount":"BASE/account","newOrder":"BASE/order"}`, "BASE", base))
	}
	for _, c := range []struct {
		name, want string
		answer     http.HandlerFunc
	}{
		{"endless", "too large", endless(`{"newNonce":"`)},
		{"endless mistake", "400", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			endless(`{"detail":"`)(w, r)
		}},
		{"round and round", "redirects", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", http.StatusFound) }},
		{"without TLS", "not https", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, plain.URL, http.StatusTemporaryRedirect)
		}},
		{"no JSON", "invalid", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }},
		{"no nonce", "nonce", func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				directory(w, r)
			}
		}},
		{"endless account", "too large", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Replay-Nonce", "bm9uY2U")
			switch r.URL.Path {
			case "/":
				directory(w, r)
			case "/account":
				w.Header().Set("Location", "https://"+r.Host+"/account/1")
				w.WriteHeader(http.StatusCreated)
				endless(`{"status":"`)(w, r)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ca, err := testsrv.NewCA(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			cert, err := ca.Issue(testsrv.Leaf{Names: []string{"127.0.0.1"}})
			if err != nil {
				t.Fatal(err)
			}
			s := httptest.NewUnstartedServer(c.answer)
			s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
			s.StartTLS()
			defer s.Close()
			roots := filepath.Join(t.TempDir(), "ca.pem")
			if err := os.WriteFile(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Root.Raw}), 0o600); err != nil {
				t.Fatal(err)
			}
			a := ACME{Names: []string{"hub.example.test"}, Directory: s.URL + "/", Roots: roots, Folder: t.TempDir()}
			cfg, err := a.TLS()
			if err != nil {
				t.Fatal(err)
			}
			sent.Store(0)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if err := Ready(ctx, cfg, a.Names); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
			s.CloseClientConnections()
			if n := sent.Load(); n > 64<<20 {
				t.Errorf("%d MiB were read", n>>20)
			}
		})
	}
	if asked.Load() > 0 {
		t.Error("it was asked without TLS")
	}
}
