package cli

import (
	"context"
	"errors"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/report"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// ending is what a verb that looks at steps came to, and how that is told.
type ending struct {
	app.RunResult
	verb   string
	tell   func() error // on stdout
	report func() report.Run
	json   func() ([]byte, error)
}

// conclude tells what a verb that looks at steps came to, or that it was not begun, on stdout and in the reports, and returns
// the error that its exit code is; err is why the verb could not do its work.
func (c *command) conclude(ctx context.Context, a *app.App, to *reports, e ending, err error) error {
	var signal *Signal
	if err != nil && errors.As(context.Cause(ctx), &signal) {
		return exit(signal.Exit) // nothing was begun
	}
	if len(e.Diags) > 0 && (e.Diags.Errors() || !c.quiet) {
		if err := view.Diagnostics(c.Stderr, e.Diags, e.Sources, c.style(c.Stderr)); err != nil {
			return err
		}
	}
	if err != nil {
		return err
	}
	if e.Diags.Errors() {
		to.mistakes(ctx, a, e.verb, e.Diags, len(e.Sources))
		return c.notRun(e.RunResult)
	}
	for _, w := range e.Warnings {
		fmt.Fprintln(c.Stderr, "warning: "+view.Safe(w))
	}
	if !to.instead() {
		if err := e.tell(); err != nil && !c.unread(err) {
			return err
		}
	}
	return exit(to.write(ctx, a, e.report().With(a.ConfigDiags, site(a)), e.json, e.Exit))
}

// notRun ends a verb on plans with errors; their diagnostics have been told, and JSON has them on stdout as well.
func (c *command) notRun(res app.RunResult) error {
	if c.output == "json" {
		if err := c.json(view.LintJSON(res.Diags, nil, len(res.Sources), app.ExitUsage)); err != nil {
			return err
		}
	}
	return &exitError{code: app.ExitUsage, err: errors.New("the plan has errors: nothing was run")}
}
