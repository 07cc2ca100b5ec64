// Command wpctl proves the tasks of workplans and writes what was proven back into them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/internal/cli"
)

// Set by the linker, see the Makefile.
var (
	version = "dev"
	commit  = ""
	date    = ""
)

func main() {
	ctx, stop := untilSignal(context.Background())
	code := cli.Program{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Version: cli.Version{Version: version, Commit: commit, Date: date}, New: wire,
	}.Main(ctx)
	stop()
	os.Exit(code)
}

var exits = map[os.Signal]*cli.Signal{
	os.Interrupt:    {Name: "SIGINT", Exit: 130},
	syscall.SIGTERM: {Name: "SIGTERM", Exit: 143},
	syscall.SIGHUP:  {Name: "SIGHUP", Exit: 129},
}

// untilSignal returns a context that the first signal ends; its cause says which one.
// A second signal ends the program at once.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		s, ok := <-ch
		if !ok {
			return
		}
		cancel(exits[s])
		if s, ok = <-ch; ok {
			os.Exit(exits[s].Exit)
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(ch)
		cancel(nil)
	}
}
