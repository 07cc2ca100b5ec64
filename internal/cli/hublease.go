package cli

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) hubClaim() *cobra.Command {
	req := app.LeaseRequest{}
	cmd := &cobra.Command{
		Use: "claim TASK", Short: "Claim a task in the hub, or renew the claim", Args: cobra.ExactArgs(1),
		Long: `Claim takes a task for a while: of several who want it, one has it, and the others are refused with exit code 8.
Called again it renews the claim. After its time somebody else may claim the task.
TASK is a full id, or a short one with --plan, or where only one plan of the workspace has it.`,
		Example: `  wpctl hub claim APP-WP-0001-T03 --for 30m
  wpctl hub release APP-WP-0001-T03`,
		ValidArgsFunction: c.completeIDs,
	}
	cmd.Flags().DurationVar(&req.TTL, "for", 15*time.Minute, "how long, from a second to a day")
	c.leaseFlags(cmd, &req)
	return cmd
}

func (c *command) hubRelease() *cobra.Command {
	req := app.LeaseRequest{Release: true}
	cmd := &cobra.Command{
		Use: "release TASK", Short: "Give a task back that was claimed from here", Args: cobra.ExactArgs(1),
		ValidArgsFunction: c.completeIDs,
	}
	c.leaseFlags(cmd, &req)
	return cmd
}

func (c *command) leaseFlags(cmd *cobra.Command, req *app.LeaseRequest) {
	cmd.Flags().StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	hubFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "plan", "hub"); err != nil {
			return err
		}
		if !req.Release && (req.TTL < time.Second || req.TTL > 24*time.Hour) {
			return fmt.Errorf("--for is from 1s to 24h, not %s", req.TTL)
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		req.Task = args[0]
		out, code, err := a.Lease(cmd.Context(), *req)
		if err != nil {
			return &exitError{code: code, err: err}
		}
		if c.output == "json" {
			return c.json(view.LeaseJSON(out, req.Release))
		}
		return view.Lease(c.Stdout, out, req.Release, c.style(c.Stdout))
	}
	c.outputFlag(cmd, "text", "json")
}
