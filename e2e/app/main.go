// Command app is the application of the end-to-end test: a lost-property office with pages in German, static files
// and a database.
//
//	app serve        answer HTTP on port 8000
//	app migrate      bring the database up to date; with --check only tell whether it is
//	app version      tell it
//	app health       ask the server beside it how it is, as an image's health check does
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil {
		fmt.Println("ERROR", err) // where the rest of the log goes: of lines of two streams, a node keeps no order
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string) error {
	switch strings.Join(args, " ") {
	case "serve":
		return serve(ctx)
	case "migrate":
		return migrate(ctx)
	case "migrate --check":
		return pending(ctx)
	case "health":
		return health(ctx)
	case "version":
		fmt.Println("fundbuero 1.0.0")
		return nil
	}
	return errors.New("usage: app serve|migrate [--check]|health|version")
}

// serve answers until ctx ends.
func serve(ctx context.Context) error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8000"
	}
	if os.Getenv("SECRET_KEY") == "" {
		return errors.New("SECRET_KEY is not set")
	}
	db, err := open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	s := &http.Server{Addr: ":" + port, Handler: only(os.Getenv("ALLOWED_HOSTS"), pages(db)), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(end)
	})
	defer stop()
	fmt.Println("listening on port", port)
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// only lets in requests for the hosts that it is to answer for, as frameworks do against forged names.
func only(hosts string, next http.Handler) http.Handler {
	allowed := map[string]bool{}
	for host := range strings.SplitSeq(hosts, ",") {
		allowed[strings.TrimSpace(host)] = true
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		if !allowed[host] {
			http.Error(w, "Bad Request", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func health(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8000/health/", nil)
	if err != nil {
		return err
	}
	req.Host, _, _ = strings.Cut(os.Getenv("ALLOWED_HOSTS"), ",")
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
