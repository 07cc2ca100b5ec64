package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/api"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/board"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/certs"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

func (c *command) hub() *cobra.Command {
	cmd := &cobra.Command{
		Use: "hub", Short: "Run a state hub: what is known of tasks over all repositories",
	}
	database := cmd.PersistentFlags().String("database", "",
		"a file for SQLite, or postgres://… for PostgreSQL (also WPCTL_HUB_DATABASE, which no list of processes shows; default: hub.db in the folder of wpctl's state)")
	cmd.AddCommand(c.hubServe(database), c.hubToken(database), c.hubAudit(database), c.hubBackup(database), c.hubRestore(database), c.hubRenew(database), c.hubClaim(), c.hubRelease(), c.hubTell(), c.hubMessages(), c.hubAck(), c.hubProbe())
	return cmd
}

// openHub opens the database that the flag, the environment or the default names.
func (c *command) openHub(cmd *cobra.Command, database string) (*store.Store, error) {
	if database == "" {
		database = c.Getenv("WPCTL_HUB_DATABASE")
	}
	if database == "" {
		dir, err := c.stateDir()
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
		database = filepath.Join(dir, "hub.db")
	}
	cmd.SetContext(store.WithSource(cmd.Context(), local()))
	s, err := store.Open(cmd.Context(), database)
	if err != nil {
		return nil, &exitError{code: app.ExitUnknown, err: err}
	}
	return s, nil
}

// serving is what the flags of `hub serve` say.
type serving struct {
	listen, cert, key string
	acme              certs.ACME
	agree             bool
	plain             bool
	limits            api.Limits
	storage           int64 // MiB of one token
	auditDays         int
	forges            []string
	repos             string
}

func (c *command) hubServe(database *string) *cobra.Command {
	var o serving
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer the hub's HTTP API and show its board until a signal comes",
		Long: `Serve answers the API under /v1; /v1/openapi.json describes it. Everything else is the board: web pages for people,
who log in with a token too.
It listens on loopback; elsewhere it wants a certificate, or --plain-http where a proxy before it speaks TLS.
A certificate comes from files, which may be replaced while it runs, or by --acme-domain from an authority such as
Let's Encrypt, which looks at port 443 of that name: listen there, or hand that port on.
Clients need a token: see wpctl hub token create.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.serve(cmd, *database, o) },
	}
	f := cmd.Flags()
	f.StringVar(&o.listen, "listen", "127.0.0.1:8420", "address and port")
	f.StringVar(&o.cert, "tls-cert", "", "a file with the certificate and its chain, PEM")
	f.StringVar(&o.key, "tls-key", "", "a file with its key, PEM")
	f.StringSliceVar(&o.acme.Names, "acme-domain", nil, "get certificates for these names by ACME")
	f.BoolVar(&o.agree, "acme-agree", false, "agree to the terms of the authority")
	f.StringVar(&o.acme.Email, "acme-email", "", "where the authority writes to")
	f.StringVar(&o.acme.Directory, "acme-directory", "", "the authority's address (default: "+certs.LetsEncrypt+")")
	f.StringVar(&o.acme.Roots, "acme-ca", "", "a file with the authorities of that address's own certificate, PEM (default: the system's)")
	f.StringVar(&o.acme.Folder, "acme-folder", "", "where keys and certificates are kept (default: hub-acme in the folder of wpctl's state)")
	f.BoolVar(&o.plain, "plain-http", false, "no TLS on other addresses than loopback: tokens can be read on the way")
	f.Float64Var(&o.limits.Rate, "rate", 50, "requests a second of one token")
	f.IntVar(&o.limits.Burst, "burst", 200, "requests at once of one token")
	f.IntVar(&o.limits.Connections, "connections", 1024, "connections at once")
	f.IntVar(&o.limits.PerAddress, "connections-per-address", 256, "connections at once of one address, such as a proxy's")
	f.StringSliceVar(&o.forges, "forge", nil, "HOST=KIND: what the board's links to files look like there, github, gitlab, gitea or forgejo; HOST=KIND@https://… where its pages are elsewhere (github.com, gitlab.com, gitea.com and codeberg.org are known)")
	f.StringVar(&o.repos, "repos", "", "where repositories are that plans name without a host, such as https://git.example.org/team")
	f.Int64Var(&o.storage, "storage", 1024, "MiB that one token may keep in the database; 0 is no limit")
	f.IntVar(&o.auditDays, "audit-days", 400, "how long the audit trail is kept; 0 is for ever")
	return cmd
}

// serve answers until the context ends.
func (c *command) serve(cmd *cobra.Command, database string, o serving) error {
	log, err := c.hubLog()
	if err != nil {
		return err
	}
	forges, err := o.known()
	if err != nil {
		return err
	}
	cert, err := o.check(log, c.stateDir)
	if err != nil {
		return err
	}
	s, err := c.openHub(cmd, database)
	if err != nil {
		return err
	}
	defer s.Close()
	ctx := cmd.Context()
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return &exitError{code: app.ExitUnknown, err: err}
	}
	scheme := "http"
	if cert != nil {
		scheme = "https"
	}
	fmt.Fprintf(c.Stdout, "hub: %s://%[2]s/v1\nboard: %[1]s://%[2]s/\n", scheme, l.Addr())
	s.MaxStored, s.AuditKept = o.storage<<20, time.Duration(o.auditDays)*24*time.Hour
	s.Failed = func(err error) { log.Error("store", "error", err) }
	server := &api.Server{Store: s, Log: log.Named("hub"), Limits: o.limits}
	pages := &board.Server{Store: s, Log: log.Named("board"), Gate: server, Secure: cert != nil || o.plain, Forges: forges}
	server.Pages = pages.Handler()
	if len(o.acme.Names) > 0 {
		asking, cancel := context.WithCancel(ctx)
		var asked sync.WaitGroup
		asked.Go(func() { // the authority looks at the hub, so it has to serve already
			if err := certs.Ready(asking, cert, o.acme.Names); err != nil && asking.Err() == nil {
				log.Error("acme", "error", err)
			}
		})
		defer asked.Wait()
		defer cancel()
	}
	if err := server.Serve(ctx, l, cert); err != nil {
		return &exitError{code: app.ExitUnknown, err: err}
	}
	return nil
}

// known is where repositories can be looked at.
func (o serving) known() (board.Forges, error) {
	f := board.Forges{Hosts: map[string]board.Forge{}}
	for _, text := range o.forges {
		host, forge, err := board.ParseForge(text)
		if err != nil {
			return f, fmt.Errorf("--forge: %w", err)
		}
		f.Hosts[host] = forge
	}
	if o.repos == "" {
		return f, nil
	}
	var err error
	if f.Base, err = board.ParseBase(o.repos); err != nil {
		return f, fmt.Errorf("--repos: %w", err)
	}
	if f.Repository("any") == "" {
		return f, errors.New("--repos: what kind of forge is it? Say so with --forge HOST=KIND")
	}
	return f, nil
}

// check refuses to listen where everybody on the way could read tokens.
func (o serving) check(log hclog.Logger, stateDir func() (string, error)) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return nil, fmt.Errorf("--listen is an address and a port such as 127.0.0.1:8420, not %q", o.listen)
	}
	if o.limits.Rate <= 0 || o.limits.Burst <= 0 || o.limits.Connections <= 0 || o.limits.PerAddress <= 0 {
		return nil, errors.New("--rate, --burst, --connections and --connections-per-address are larger than 0")
	}
	if o.storage < 0 || o.storage > 1<<30 || o.auditDays < 0 || o.auditDays > maxDays {
		return nil, fmt.Errorf("--storage is from 0 to %d, and --audit-days from 0 to %d", 1<<30, maxDays)
	}
	if (o.cert == "") != (o.key == "") {
		return nil, errors.New("--tls-cert and --tls-key come together")
	}
	if o.cert != "" {
		if len(o.acme.Names) > 0 {
			return nil, errors.New("--tls-cert and --acme-domain do not go together")
		}
		files := &certs.Files{Cert: o.cert, Key: o.key, Failed: func(err error) { log.Error("the certificate was replaced, and cannot be read", "error", err) }}
		cfg, err := files.TLS()
		if err != nil {
			return nil, fmt.Errorf("the certificate: %w", err)
		}
		if err := disk.Private(o.key); err != nil {
			return nil, fmt.Errorf("--tls-key %s: %w", o.key, err)
		}
		return cfg, nil
	}
	if len(o.acme.Names) > 0 {
		return o.byACME(stateDir)
	}
	if o.agree || o.acme.Email != "" || o.acme.Directory != "" || o.acme.Roots != "" || o.acme.Folder != "" {
		return nil, errors.New("--acme-… flags want --acme-domain")
	}
	if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() && !o.plain {
		return nil, fmt.Errorf("--listen %s is not loopback: give --tls-cert and --tls-key, or --acme-domain, or --plain-http where a proxy before it speaks TLS", o.listen)
	}
	return nil, nil
}

func (o serving) byACME(stateDir func() (string, error)) (*tls.Config, error) {
	if !o.agree {
		return nil, errors.New("--acme-domain: say with --acme-agree that you agree to the terms of the authority")
	}
	if o.acme.Folder == "" {
		dir, err := stateDir()
		if err != nil {
			return nil, err
		}
		o.acme.Folder = filepath.Join(dir, "hub-acme")
	}
	cfg, err := o.acme.TLS()
	if err != nil {
		return nil, fmt.Errorf("acme: %w", err)
	}
	return cfg, nil
}

// stateDir is the folder of wpctl's state.
func (c *command) stateDir() (string, error) {
	return config.StateDir(func(name string) (string, bool) { v := c.Getenv(name); return v, v != "" })
}

// hubLog is the log of a hub: it needs no workspace, so it is not the app's.
func (c *command) hubLog() (hclog.Logger, error) {
	name := c.logLevel
	if name == "" {
		name = c.Getenv("WPCTL_LOG")
	}
	if name == "" {
		name = "warn"
	}
	level := hclog.LevelFromString(name)
	if level == hclog.NoLevel {
		return nil, fmt.Errorf("no log level %q; there are trace, debug, info, warn and error", name)
	}
	if c.logFormat != "text" && c.logFormat != "json" {
		return nil, fmt.Errorf("--log-format is text or json, not %q", c.logFormat)
	}
	return hclog.New(&hclog.LoggerOptions{Name: "wpctl", Level: level, Output: c.Stderr, JSONFormat: c.logFormat == "json", Color: hclog.ColorOff}), nil
}
