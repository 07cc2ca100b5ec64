// Package app is what wpctl can do, one method for each verb of its user: Lint, Plan, Run, Verify, Trust, Approve, Log.
// It brings files, plans, the runner, the clusters and what is remembered together; it prints nothing and knows no flags.
package app

import (
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// App holds what the verbs work with. All fields are required, unless it says otherwise.
type App struct {
	Dir         string // absolute; where relative names start from
	Version     string // of this program
	Config      *config.Config
	ConfigDiags diag.List // warnings about the configuration
	Files       disk.Files
	Index       string                       // folder of what is kept of plans, so that they need not be parsed again; "" is none
	State       func() (*state.Store, error) // opened when first wanted
	Kinds       *check.Registry
	Exprs       *expr.Compiler
	Clusters    *cluster.Clusters
	Inside      *steps.Inside
	Redactor    *policy.Redactor
	Env         func(string) (string, bool)
	Now         func() time.Time
	Logger      hclog.Logger
	Untrusted   bool               // the plans are a stranger's; set by Distrust
	At          func(point string) // nil; tests look in, and break in, while plans and a hub are brought in step

	memo   memo
	spoken spoken
	heard  heard
}

// Close ends connections and watches, and deletes what looks from inside clusters have left.
func (a *App) Close() {
	a.Inside.Close()
	a.Clusters.Close()
}

// Exit codes, as docs/reference says; the first that applies is used.
const (
	ExitOK       = 0
	ExitFailed   = 1   // a check failed, or differences were found
	ExitUsage    = 2   // usage, or an invalid plan
	ExitUnknown  = 3   // could not find out
	ExitAuth     = 4   // not authenticated
	ExitNothing  = 5   // nothing was looked at
	ExitConflict = 6   // sync only
	ExitWaiting  = 8   // waiting for people, or not checked because of policy
	ExitSIGINT   = 130 // interrupted
	ExitSIGTERM  = 143 // terminated
)
