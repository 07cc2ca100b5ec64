package app

import (
	"context"
	"errors"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
)

// errNoRoutes is the error of a hub that is not asked by routes.
var errNoRoutes = errors.New("no routes are configured for the hub: it is asked as one of wpctl's own; see docs/hub.md")

// Probe shows what a hub of others would be asked, and with a plan asks its lists about that one.
func (a *App) Probe(ctx context.Context, plan string) (adapter.Probed, int, error) {
	workstream := ""
	if plan != "" {
		sources, diags, err := a.loadAll(ctx, []string{plan})
		switch {
		case err != nil:
			return adapter.Probed{}, ExitUsage, err
		case diags.Errors() || len(sources) != 1:
			return adapter.Probed{}, ExitUsage, errors.New("wanted one plan without errors; see wpctl lint")
		}
		ids, err := idsOf(sources[0].plan)
		if err != nil {
			return adapter.Probed{}, ExitUsage, err
		}
		workstream = ids.workstream
	}
	r, err := a.remote()
	if err != nil {
		return adapter.Probed{}, exitOfHub(err), err
	}
	defer r.Close()
	other, ok := r.(*adapter.Adapter)
	if !ok {
		return adapter.Probed{}, ExitUsage, errNoRoutes
	}
	out, err := other.Probe(ctx, workstream, plan != "")
	clean := a.Redactor.String
	for i := range out.Warnings {
		out.Warnings[i] = clean(out.Warnings[i])
	}
	for i := range out.Requests {
		out.Requests[i].Error = clean(out.Requests[i].Error)
	}
	return out, exitOfHub(err), nil
}
