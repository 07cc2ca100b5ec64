package app

import (
	"context"
	"errors"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

// SyncStatus is what waits for hubs.
type SyncStatus struct {
	Waiting  []outbox.Entry
	Dead     []outbox.Entry // refused for good
	Kept     []outbox.Kept  // what hubs do not keep
	Warnings []string
}

// SyncStatus tells what waits for hubs, whichever they are, without asking one.
func (a *App) SyncStatus() (SyncStatus, error) {
	var out SyncStatus
	box, err := a.Outbox()
	if err != nil {
		return out, err
	}
	var errs [3][]error
	out.Waiting, errs[0] = box.Waiting("", "")
	out.Dead, errs[1] = box.Dead("", "")
	out.Kept, errs[2] = box.Ledger()
	for _, list := range errs {
		for _, err := range list {
			out.Warnings = append(out.Warnings, err.Error())
		}
	}
	return out, nil
}

// Letters says what is done with entries of the outbox.
type Letters struct {
	Numbers []int64
	All     bool // all dead letters
	Drop    bool // give them up; else they are sent again
}

// Letters sends dead letters again, with the next sync, or gives entries up. It returns the numbers of those that it did.
func (a *App) Letters(ctx context.Context, req Letters) ([]int64, error) {
	box, err := a.Outbox()
	if err != nil {
		return nil, err
	}
	numbers := req.Numbers
	if req.All {
		dead, errs := box.Dead("", "")
		if len(errs) > 0 {
			return nil, errors.Join(errs...)
		}
		for _, e := range dead {
			numbers = append(numbers, e.Number)
		}
	}
	var done []int64
	for _, n := range numbers {
		f := box.Retry
		if req.Drop {
			f = box.Drop
		}
		if err := f(ctx, n); err != nil {
			return done, err
		}
		done = append(done, n)
	}
	return done, nil
}
