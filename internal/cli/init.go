package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) init() *cobra.Command {
	var req app.InitRequest
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Write a configuration for this repository, and what else it may want",
		Long: `Init looks for workplans in the repository and for clusters in the kubeconfig, and writes .wpctl.yaml, with a comment on
each key. It tells of a file for CI, a hook of git, settings for editors and a page for coding agents, and writes those
that a flag names; on a terminal it asks for each.
A file that is there is never changed: where one is, init says what to add to it.`,
		Example: `  wpctl init
  wpctl init --dry-run
  wpctl init --ci github --hook --editor --agents`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	f.StringVar(&req.CI, "ci", "", "write the file of a CI: "+strings.Join(app.Forges(), ", "))
	f.BoolVar(&req.Hook, "hook", false, "write a hook of git that lints plans before each commit")
	f.BoolVar(&req.Editor, "editor", false, "write the JSON Schema of the configuration, and where editors find it")
	f.BoolVar(&req.Agents, "agents", false, "write what coding agents are told of plans, AGENTS.md")
	f.BoolVar(&req.DryRun, "dry-run", false, "show the files and write nothing")
	_ = cmd.RegisterFlagCompletionFunc("ci", cobra.FixedCompletions(app.Forges(), cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := notEmpty(cmd, "ci"); err != nil {
			return err
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		if err := c.askOffers(cmd, a, &req); err != nil {
			return err
		}
		begun, err := a.Init(cmd.Context(), req)
		if err != nil {
			return err
		}
		if c.output == "json" {
			return c.json(view.InitJSON(begun, req.DryRun))
		}
		return view.Init(c.Stdout, begun, req.DryRun, c.style(c.Stdout))
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// askOffers asks a person at a terminal for what no flag names. The end of the input, as all that is no yes, is a no.
func (c *command) askOffers(cmd *cobra.Command, a *app.App, req *app.InitRequest) error {
	if req.DryRun || c.output == "json" || !c.person() {
		return nil
	}
	dry := *req
	dry.DryRun = true
	begun, err := a.Init(cmd.Context(), dry)
	if err != nil {
		return err
	}
	for _, offer := range begun.Offers {
		answer, ok := c.ask(cmd.Context(), fmt.Sprintf("Write %s? y or n: ", view.Safe(offer.What)))
		if !ok {
			break
		}
		if !yes(answer) {
			continue
		}
		switch flag, value, _ := strings.Cut(offer.Flag, " "); flag {
		case "--ci":
			req.CI = value
		case "--hook":
			req.Hook = true
		case "--editor":
			req.Editor = true
		case "--agents":
			req.Agents = true
		}
	}
	return broken(cmd.Context())
}
