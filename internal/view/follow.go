package view

import "gitea.coulomb.social/coulomb/wpctl/internal/runner"

// Progress shows a run on its way: Live, Lines or Silent.
type Progress interface {
	Notify(runner.Event)
	Close()
}

var (
	_ Progress = (*Live)(nil)
	_ Progress = (*Lines)(nil)
	_ Progress = Silent{}
)

// Silent shows nothing.
type Silent struct{}

// Notify does nothing.
func (Silent) Notify(runner.Event) {}

// Close does nothing.
func (Silent) Close() {}
