package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// SyncRequest says what Sync is to do.
type SyncRequest struct {
	Plans    []string // files, folders or ids; none: all plans of the workspace
	DryRun   bool     // read the hub, and show what would be done
	Patience time.Duration
}

// SyncResult is what came of bringing plans and a hub in step.
type SyncResult struct {
	Hub      string // its address
	Plans    []PlanSync
	Diags    diag.List // with errors among them nothing was done
	Sources  map[string]*text.File
	Warnings []string
	Exit     int
}

// PlanSync is what came of one plan.
type PlanSync struct {
	Name       string // of the file
	ID         string
	Workstream string
	Words      workplan.Words // that its file says statuses in
	Minted     []Change       // ids that were written, or would be
	Wrote      []Change       // what else was written into the file
	exchange.Report
	Err error // why not all was done; nil otherwise
}

// Sync brings plans and the hub in step. What a plan meets does not hinder the others, except that a hub which cannot
// be asked is not asked for each of them.
func (a *App) Sync(ctx context.Context, req SyncRequest) (SyncResult, error) {
	sources, diags, err := a.loadAll(ctx, req.Plans)
	if err != nil {
		return SyncResult{Exit: ExitUsage}, err
	}
	res := SyncResult{Diags: diags, Sources: fileMap(sources), Exit: ExitUsage}
	if diags.Errors() {
		return res, nil
	}
	r, err := a.remote()
	if err != nil {
		res.Exit = exitOfHub(err)
		return res, err
	}
	defer r.Close()
	res.Hub = r.Name()
	x, err := a.exchange(r)
	if err != nil {
		res.Exit = ExitUnknown
		return res, err
	}
	x.Patience = req.Patience
	a.syncAll(ctx, x, sources, req.DryRun, &res)
	res.Exit = exitOfSync(ctx, res)
	return res, nil
}

func (a *App) syncAll(ctx context.Context, x *exchange.Exchange, sources []source, dry bool, res *SyncResult) {
	var gone error // the hub cannot be asked
	ref := a.ref(ctx)
	for _, s := range sources {
		p := PlanSync{Name: s.name, ID: s.plan.ID.Text, Words: s.plan.Words}
		f := &planFile{App: a, source: s, dry: dry, ref: ref}
		var minted Edited
		f.ids, minted, p.Err = a.identify(ctx, s, dry)
		p.Workstream = f.ids.workstream
		if p.Err == nil {
			p.Minted = minted.Changes
			a.pass("identified")
			if p.Err = gone; gone == nil {
				p.Report, p.Err = x.Run(ctx, f.ids.workstream, f, dry)
				p.Wrote = f.wrote
			}
		}
		var later *hub.Later
		var problem *hub.Problem
		if errors.As(p.Err, &later) || errors.As(p.Err, &problem) && problem.Code == hub.CodeToken || ctx.Err() != nil {
			gone, x.Patience = p.Err, 0
		}
		res.Plans = append(res.Plans, a.shown(p))
	}
}

func (a *App) pass(point string) {
	if a.At != nil {
		a.At(point)
	}
}

// shown is what came of a plan without secrets: texts of a hub are from outside.
func (a *App) shown(p PlanSync) PlanSync {
	clean := a.Redactor.String
	for _, list := range [][]exchange.Change{p.ToHub, p.ToFile} {
		for i := range list {
			list[i].From, list[i].To, list[i].By = clean(list[i].From), clean(list[i].To), clean(list[i].By)
		}
	}
	for _, list := range [][]exchange.Difference{p.Proposals, p.Conflicts, p.Unsent} {
		for i := range list {
			list[i].File, list[i].Hub, list[i].By = clean(list[i].File), clean(list[i].Hub), clean(list[i].By)
		}
	}
	for i := range p.OnlyHub {
		p.OnlyHub[i] = clean(p.OnlyHub[i])
	}
	for i := range p.Warnings {
		p.Warnings[i] = clean(p.Warnings[i])
	}
	return p
}

// exitOfSync returns the exit code of a sync: the first that applies.
func exitOfSync(ctx context.Context, res SyncResult) int {
	var signal interface{ ExitCode() int }
	if errors.As(context.Cause(ctx), &signal) {
		return signal.ExitCode()
	}
	var usage, auth, unknown, waiting, conflict bool
	for _, p := range res.Plans {
		switch code := exitOfHub(p.Err); {
		case code == ExitUsage:
			usage = true
		case code == ExitAuth:
			auth = true
		case code != ExitOK:
			unknown = true
		}
		unknown = unknown || len(p.Refused) > 0 || p.Waiting > 0
		waiting = waiting || len(p.Unsent) > 0
		conflict = conflict || len(p.Conflicts) > 0
	}
	switch {
	case usage:
		return ExitUsage
	case auth:
		return ExitAuth
	case unknown:
		return ExitUnknown
	case waiting:
		return ExitWaiting
	case conflict:
		return ExitConflict
	case len(res.Plans) == 0:
		return ExitNothing
	}
	return ExitOK
}

// InStep says whether nothing is left to be done for a plan.
func (p PlanSync) InStep() bool {
	return p.Err == nil && len(p.Refused) == 0 && p.Waiting == 0 && len(p.Conflicts) == 0 && len(p.Unsent) == 0
}

// Why is the reason of a plan that is not in step, in one line.
func (p PlanSync) Why() string {
	if p.Err == nil {
		return ""
	}
	return strings.Join(strings.Fields(p.Err.Error()), " ")
}
