//go:build !linux

package confine

import (
	"context"
	"runtime"

	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// Possible returns nil where this machine can confine a program, and else an *Unable that says why not.
func Possible() error { return &Unable{runtime.GOOS + " cannot; Linux from 6.2 on can"} }

// Run is proc.Run of a program that is confined. Here it is never started.
func Run(context.Context, proc.Command, Rules) (proc.Result, error) { return proc.Result{}, Possible() }

// Launch is called first in main: it makes this process the confined program, where it was started as one.
func Launch() {}
