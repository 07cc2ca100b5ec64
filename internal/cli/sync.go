package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) sync() *cobra.Command {
	var req app.SyncRequest
	cmd := &cobra.Command{
		Use:   "sync [PLAN...]",
		Short: "Bring plans and the state hub in step",
		Long: `Sync tells the hub what plans say, and writes what the hub is asked for into the plans: assignees and owners,
priorities, answers of decisions, and the ids by which the hub knows them, which are written before the first request.
It merges three ways, with what both said last: what only one side has changed goes to the other; of what both have
changed, titles, needs and steps are the file's, assignees, priorities and answers the hub's. A status goes from the
file to the hub; another one in the hub is a proposal, which is shown: done enters a file by "wpctl run" alone.
What is left is a conflict: it is told with both values, the file keeps its own, and the exit code is 6.

What is on its way waits in an outbox on disk, so that nothing is lost where the hub is not there.
Without PLAN it is all plans of the workspace. The hub is hub.base of the configuration; see docs/hub.md.`,
		Example: `  wpctl sync --dry-run
  wpctl sync APP-WP-0001
  wpctl run APP-WP-0001 --sync
  wpctl sync status`,
		Args:              cobra.ArbitraryArgs,
		ValidArgsFunction: c.completePlans,
	}
	f := cmd.Flags()
	f.BoolVar(&req.DryRun, "dry-run", false, "show what would go both ways, and change nothing")
	f.DurationVar(&req.Patience, "wait", 15*time.Second, "how long a hub that does not answer is asked again")
	hubFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "hub"); err != nil {
			return err
		}
		if req.Patience < 0 {
			return fmt.Errorf("--wait is 0 or longer, not %s", req.Patience)
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		req.Plans = args
		res, err := a.Sync(cmd.Context(), req)
		if err != nil {
			var nothing *app.NoPlans
			if errors.As(err, &nothing) {
				return err
			}
			return &exitError{code: res.Exit, err: err}
		}
		if len(res.Diags) > 0 && res.Diags.Errors() {
			if err := view.Diagnostics(c.Stderr, res.Diags, res.Sources, c.style(c.Stderr)); err != nil {
				return err
			}
			return &exitError{code: app.ExitUsage, err: errors.New("a plan has errors: nothing was brought in step")}
		}
		if c.output == "json" {
			err = c.json(view.SyncJSON(res, req.DryRun))
		} else {
			err = view.Sync(c.Stdout, res, req.DryRun, c.style(c.Stdout))
		}
		if err != nil {
			return err
		}
		return exit(res.Exit)
	}
	c.outputFlag(cmd, "text", "json")
	cmd.AddCommand(c.syncStatus(), c.syncLetters(false), c.syncLetters(true))
	return cmd
}

func (c *command) syncStatus() *cobra.Command {
	cmd := &cobra.Command{
		Use: "status", Short: "Show what waits for the hub, and what it has refused", Args: cobra.NoArgs,
		Long: `Status shows what waits in the outbox, for whichever hub; dead letters, which a hub has refused for good;
and fields that a hub does not keep. It asks no hub.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			s, err := a.SyncStatus()
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			if c.output == "json" {
				return c.json(view.SyncStatusJSON(s))
			}
			return view.SyncStatus(c.Stdout, s, c.style(c.Stdout))
		},
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func (c *command) syncLetters(drop bool) *cobra.Command {
	req := app.Letters{Drop: drop}
	cmd := &cobra.Command{
		Use: "retry NUMBER...", Short: "Send dead letters again, with the next sync",
		Long: "Retry puts dead letters back into the outbox; the next `wpctl sync` of their plan sends them.",
		Args: cobra.ArbitraryArgs,
	}
	done := "waits again"
	if drop {
		cmd.Use, cmd.Short, done = "drop NUMBER...", "Give up dead letters, or what waits", "dropped"
		cmd.Long = "Drop removes dead letters, or entries that wait, from the outbox. The hub never gets them."
	}
	cmd.Flags().BoolVar(&req.All, "all", false, "all dead letters")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if req.All == (len(args) > 0) {
			return fmt.Errorf("wanted numbers as `wpctl sync status` shows them, or --all; see `%s --help`", cmd.CommandPath())
		}
		for _, arg := range args {
			n, err := strconv.ParseInt(arg, 10, 64)
			if err != nil || n < 1 {
				return fmt.Errorf("%q is no number of an entry", arg)
			}
			req.Numbers = append(req.Numbers, n)
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		numbers, err := a.Letters(cmd.Context(), req)
		if len(numbers) > 0 {
			words := make([]string, len(numbers))
			for i, n := range numbers {
				words[i] = fmt.Sprint(n)
			}
			fmt.Fprintf(c.Stderr, "%s: %s\n", done, strings.Join(words, ", "))
		}
		return err
	}
	return cmd
}
