// Command wpctl proves the tasks of workplans and writes what was proven back into them.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/internal/cli"
	"gitea.coulomb.social/coulomb/wpctl/internal/confine"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// Set by the linker, see the Makefile.
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	confine.Launch()
	if os.Getenv("GOGC") == "" {
		// Most calls are over before much has become garbage: a start takes a fifth less.
		debug.SetGCPercent(150)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		// Plans of tens of megabytes alone come near it: from there on memory counts more than time.
		debug.SetMemoryLimit(5 << 28)
	}
	ctx, stop := untilSignal(context.Background())
	code := cli.Program{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Version: stamped(), New: wire,
	}.Main(ctx)
	stop()
	proc.Close()
	os.Exit(code)
}

// stamped is the version of this program: the linker's, or that which go install has noted.
func stamped() cli.Version {
	v := cli.Version{Version: version, Commit: commit, Date: date}
	info, ok := debug.ReadBuildInfo()
	if version != "dev" || !ok {
		return v
	}
	if number, ok := strings.CutPrefix(info.Main.Version, "v"); ok {
		v.Version = number
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.time":
			v.Date = s.Value
		}
	}
	return v
}

var exits = map[os.Signal]*cli.Signal{
	os.Interrupt:    {Name: "SIGINT", Exit: 130},
	syscall.SIGTERM: {Name: "SIGTERM", Exit: 143},
	syscall.SIGHUP:  {Name: "SIGHUP", Exit: 129},
}

// untilSignal returns a context that the first signal ends; its cause says which one.
// A second signal ends the program at once. Signals that the caller ignores, as nohup does, stay ignored.
// A reader that goes away ends no run: writing to it fails, and the results are written back all the same.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 2)
	for s := range exits {
		if !signal.Ignored(s) {
			signal.Notify(ch, s)
		}
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	go func() {
		s, ok := <-ch
		if !ok {
			return
		}
		cancel(exits[s])
		if s, ok = <-ch; ok {
			view.GiveBack(os.Stderr)
			os.Exit(exits[s].Exit)
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		signal.Stop(broken)
		close(ch)
		cancel(nil)
	}
}
