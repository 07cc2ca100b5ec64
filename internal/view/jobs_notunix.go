//go:build !unix

package view

import (
	"io"
	"os"
)

// jobs is nothing here: there is no job control.
type jobs struct{ signals chan os.Signal }

func newJobs(io.Writer) *jobs { return &jobs{} }

func (*jobs) end()             {}
func (*jobs) stop()            {}
func (*jobs) foreground() bool { return true }

func stops(os.Signal) bool { return false }
