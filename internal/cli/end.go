package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// exitError ends the program with a code; its error, if any, is told.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// exitBrokenPipe is what a shell makes of a program that SIGPIPE ended.
const exitBrokenPipe = 141

func exit(code int) error {
	if code == app.ExitOK {
		return nil
	}
	return &exitError{code: code}
}

// noSuchCommand returns an error for a word behind a command that only has commands below it: cobra would show its help,
// and end with 0.
func noSuchCommand(root *cobra.Command, args []string) error {
	cmd, rest, err := root.Find(args)
	if err != nil || cmd == root || cmd.Runnable() || !cmd.HasAvailableSubCommands() || cmd.ParseFlags(rest) != nil {
		return nil
	}
	words := cmd.Flags().Args()
	if len(words) == 0 {
		return nil
	}
	return fmt.Errorf("no command %q of %s; %s", words[0], cmd.CommandPath(), diag.OneOf(words[0], available(cmd)))
}

// available are the names of the commands below one.
func available(cmd *cobra.Command) (names []string) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}

// unknownCommand words cobra's error so that it says what to do next.
func unknownCommand(root *cobra.Command, args []string, err error) error {
	for _, arg := range args {
		if !strings.Contains(err.Error(), strconv.Quote(arg)) {
			continue
		}
		return fmt.Errorf("no command %q; %s", arg, diag.OneOf(arg, available(root)))
	}
	return err
}

// end tells of an error and returns the exit code that it stands for.
func (c *command) end(err error) int {
	if err == nil {
		return app.ExitOK
	}
	var coded *exitError
	var nothing *app.NoPlans
	var unseen *app.Unseen
	var invalid *app.Invalid
	var refused *app.Refused
	code := app.ExitUsage
	switch {
	case c.unread(err):
		return exitBrokenPipe // whoever read the output has had enough of it
	case errors.As(err, &coded):
		code = coded.code
	case errors.As(err, &nothing):
		code = app.ExitNothing
	case errors.As(err, &unseen), unwritten(err):
		code = app.ExitUnknown
	case errors.As(err, &invalid):
		_ = view.Diagnostics(c.Stderr, invalid.Diags, invalid.Sources, c.style(c.Stderr))
		if c.output == "json" {
			_ = c.json(view.LintJSON(invalid.Diags, nil, len(invalid.Sources), code))
		}
	case errors.As(err, &refused):
		code = app.ExitWaiting
		c.tellRefused(refused)
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintln(c.Stderr, "error: "+view.Safe(msg))
	}
	return code
}

// unwritten tells whether a file, or the output, could not be read or written. A file that is not there is for the
// caller to mend.
func unwritten(err error) bool {
	_, fault := errors.AsType[*disk.Fault](err)
	path, output := errors.AsType[*fs.PathError](err)
	return (fault || output && path.Op == "write") && !errors.Is(err, fs.ErrNotExist)
}

// unread tells whether an error says that nobody reads the output any more: a pipe without its reader, or a terminal
// that is gone.
func (c *command) unread(err error) bool {
	if errors.Is(err, syscall.EPIPE) {
		return true
	}
	info, statErr := c.Stdout.Stat()
	return errors.Is(err, syscall.EIO) && statErr == nil && info.Mode()&os.ModeCharDevice != 0
}
