package images

import (
	"context"
	"crypto/subtle"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Config says where to serve images; every field is required.
type Config struct {
	Open, Private  string // addresses: the second wants the user and the password
	User, Password string
	Busybox, Hello string // static programs
}

// Main is the command line of the registries: it returns the exit code.
func Main(args []string) int {
	var config Config
	flags := flag.NewFlagSet("registry", flag.ContinueOnError)
	flags.StringVar(&config.Open, "open", "", "`address` of the registry for everybody")
	flags.StringVar(&config.Private, "private", "", "`address` of the one that wants a password")
	flags.StringVar(&config.User, "user", "", "`name` of who may use it")
	file := flags.String("password-file", "", "`file` with the password")
	flags.StringVar(&config.Busybox, "busybox", "", "`file` of the static busybox")
	flags.StringVar(&config.Hello, "hello", "", "`file` of the program of the smallest images")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	password, err := os.ReadFile(*file)
	if err == nil {
		config.Password = strings.TrimSpace(string(password))
		err = Serve(ctx, config)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		return 1
	}
	return 0
}

// Serve runs two registries with the same images until ctx ends.
func Serve(ctx context.Context, config Config) error {
	made, err := All(config.Busybox, config.Hello)
	if err != nil {
		return err
	}
	account := &authn.Basic{Username: config.User, Password: config.Password}
	ended := make(chan error, 2)
	for _, r := range []struct {
		address string
		handler http.Handler
		auth    authn.Authenticator
	}{
		{config.Open, registry.New(registry.WithReferrersSupport(true)), authn.Anonymous},
		{config.Private, closed(registry.New(registry.WithReferrersSupport(true)), account), account},
	} {
		listener, err := net.Listen("tcp", r.address)
		if err != nil {
			return err
		}
		server := &http.Server{Handler: r.handler, ReadHeaderTimeout: time.Minute}
		defer func() { _ = server.Close() }()
		go func() { ended <- server.Serve(listener) }()
		if err := push(ctx, made, r.address, r.auth); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-ended:
		return err
	}
}

func push(ctx context.Context, made []Image, address string, auth authn.Authenticator) error {
	for _, image := range made {
		ref, err := name.NewTag(address+"/"+image.Name+":"+Tag, name.Insecure)
		if err != nil {
			return err
		}
		if err := remote.Write(ref, image, remote.WithAuth(auth), remote.WithContext(ctx)); err != nil {
			return fmt.Errorf("push %s: %w", ref, err)
		}
	}
	return nil
}

// closed lets nobody in without the account.
func closed(next http.Handler, account *authn.Basic) http.Handler {
	same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if !same(user, account.Username) || !same(password, account.Password) {
			w.Header().Set("WWW-Authenticate", `Basic realm="sandbox"`)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintln(w, `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}
