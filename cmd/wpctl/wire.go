package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/cli"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// wire puts the parts together; it is the only place where all of them meet.
func wire(s cli.Settings) (*app.App, error) {
	redactor := &policy.Redactor{}
	log, err := logger(s, redactor)
	if err != nil {
		return nil, err
	}
	dir, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("find the working directory: %w", err)
	}
	base, err := policyFrom(dir, s.PolicyFrom)
	if err != nil {
		return nil, err
	}
	cfg, diags, err := config.Load(config.Options{Dir: dir, Flags: s.Flags, Policy: base})
	if err != nil {
		return nil, err
	}
	if diags.Errors() {
		return nil, &app.Invalid{Diags: diags, What: "the configuration"}
	}
	program := stamped()
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = s.Kubeconfig
	cacheDir, err := config.CacheDir(os.LookupEnv)
	locks, index := filepath.Join(cacheDir, "locks"), filepath.Join(cacheDir, "plans")
	if err != nil {
		cacheDir, locks, index = "", "", "" // the places where others keep theirs
	}
	cluster.SetLogger(log.Named("cluster"))
	clusters := cluster.New(cluster.Options{
		Rules: rules, Overrides: s.Overrides, Contexts: cfg.Clusters, Default: cfg.Defaults.Cluster,
		CacheDir: cacheDir, UserAgent: "wpctl/" + program.Version,
	})
	a := &app.App{
		Dir: dir, Version: program.Version, Config: cfg, ConfigDiags: diags, Exprs: expr.NewCompiler(),
		Clusters: clusters, Redactor: redactor, Env: os.LookupEnv, Now: time.Now, Logger: log,
		State: sync.OnceValues(func() (*state.Store, error) { return openState(cfg) }), Files: disk.Files{Locks: locks}, Index: index,
	}
	deps := steps.Deps{
		Cluster:   clusters,
		Execer:    clusters,
		Changer:   clusters,
		Forwarder: clusters,
		Rights:    clusters,
		Trials:    clusters,
		Names:     clusters,
		Plans:     a.Standing,
		Hub:       a.StateHub(),
	}
	a.Inside = steps.NewInside(deps)
	err = a.Define(steps.Kinds(deps))
	if err != nil {
		return nil, err
	}
	return a, nil
}

func openState(cfg *config.Config) (*state.Store, error) {
	dir, err := config.StateDir(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	st, err := state.Open(dir)
	if err != nil {
		return nil, err
	}
	st.Keep = state.Keep{Runs: cfg.Keep.Runs, Age: cfg.Keep.Age}
	return st, nil
}

// logger writes to stderr, or to the file that WPCTL_LOG_PATH names, without secrets.
func logger(s cli.Settings, redactor *policy.Redactor) (hclog.Logger, error) {
	name := cmp.Or(s.LogLevel, os.Getenv("WPCTL_LOG"), "warn")
	level := hclog.LevelFromString(name)
	if level == hclog.NoLevel {
		return nil, fmt.Errorf("no log level %q; there are trace, debug, info, warn and error", name)
	}
	if s.LogFormat != "text" && s.LogFormat != "json" {
		return nil, fmt.Errorf("--log-format is text or json, not %q", s.LogFormat)
	}
	out := s.Stderr
	if path := os.Getenv("WPCTL_LOG_PATH"); path != "" {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the log file: %w", err)
		}
		out = f
	}
	return hclog.New(&hclog.LoggerOptions{Name: "wpctl", Level: level, Output: redacted{redactor, out}, JSONFormat: s.LogFormat == "json", Color: hclog.ColorOff}), nil
}

// redacted takes secrets out of what is written to it, each write for itself: a logger writes whole lines.
type redacted struct {
	by *policy.Redactor
	to io.Writer
}

func (r redacted) Write(p []byte) (int, error) {
	if _, err := r.to.Write(r.by.Bytes(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}
