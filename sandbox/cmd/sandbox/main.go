// Command sandbox starts and ends Kubernetes clusters for tests and demonstrations, on Linux without root and without containers,
// or with root and with a node that has both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
)

// command is one of the things that sandbox can do.
type command struct {
	name, args, short string
	help              string // more than the short one, for --help
	run               func(ctx context.Context, c *call) error
}

// commands are in the order in which the help shows them; the last ones are for sandbox itself and not shown.
func commands() []command {
	return []command{up, status, kubeconfig, execute, down, run, build, check, supervise, contain}
}

// call is a command that is being run: its flags and its arguments.
type call struct {
	command
	flags *flag.FlagSet
	line  []string // flags and arguments
}

// usageError is a mistake in the command line.
type usageError struct{ error }

// exitError ends the process with a code, without a message of our own.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

func init() {
	// The kernel ends the programs of a cluster when the thread that started them ends: that must be the process's first one.
	runtime.LockOSThread()
}

func main() { os.Exit(dispatch(context.Background(), os.Args[1:])) }

func dispatch(ctx context.Context, args []string) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		help()
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return code(c.name, c.run(ctx, newCall(c, args[1:])))
		}
	}
	return code(args[0], usageError{errors.New("no such command, see sandbox --help")})
}

func newCall(c command, args []string) *call {
	flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are reported once, by code
	return &call{command: c, flags: flags, line: args}
}

// parse reads the flags; max is how many arguments may follow them, -1 for any number.
func (c *call) parse(max int) error {
	err := c.flags.Parse(c.line)
	switch {
	case errors.Is(err, flag.ErrHelp):
		c.usage()
		return err
	case err != nil:
		return usageError{err}
	case max >= 0 && c.flags.NArg() > max:
		return usageError{fmt.Errorf("unexpected argument %q", c.flags.Arg(max))}
	}
	return nil
}

func (c *call) usage() {
	fmt.Println(strings.TrimSpace("usage: sandbox " + c.name + " " + c.args))
	fmt.Printf("\n%s\n", strings.TrimSpace(c.short+"\n"+c.help))
	c.flags.SetOutput(os.Stdout)
	c.flags.PrintDefaults()
}

func help() {
	fmt.Print("sandbox starts and ends Kubernetes clusters for tests and demonstrations.\n\n")
	for _, c := range commands() {
		if c.short != "" {
			fmt.Printf("  %-12s %s\n", c.name, c.short)
		}
	}
	fmt.Print("\nsandbox COMMAND --help says more.\n")
}

// code reports an error on one line and returns the exit code for it.
func code(name string, err error) int {
	var usage usageError
	var exit exitError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &exit):
		return int(exit)
	}
	fmt.Fprintf(os.Stderr, "sandbox %s: %v\n", name, err)
	if errors.As(err, &usage) {
		return 2
	}
	return 1
}
