package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) hubTell() *cobra.Command {
	req := app.TellRequest{}
	cmd := &cobra.Command{
		Use: "tell ID TEXT", Short: "Send a message about a plan or a task through the hub", Args: cobra.ExactArgs(2),
		Long: `Tell sends a message to names, or to everybody, who acknowledge it with wpctl hub ack.
ID is a plan or a task: a full id, or a short one with --plan, or where only one plan of the workspace has it.
A step of the kind hub proves that a message was acknowledged.`,
		Example: `  wpctl hub tell APP-WP-0001-T03 'credentials for the database, please' --to platform
  wpctl hub messages APP-WP-0001`,
		ValidArgsFunction: c.completeIDs,
	}
	cmd.Flags().StringVar(&req.Plan, "plan", "", "the plan: a file or an id")
	cmd.Flags().StringSliceVar(&req.To, "to", nil, "whom: names of tokens of the hub (default: everybody)")
	c.messageCommand(cmd, func(cmd *cobra.Command, a *app.App, args []string) ([]app.Message, int, error) {
		if err := notEmpty(cmd, "plan"); err != nil {
			return nil, app.ExitUsage, err
		}
		if cmd.Flags().Changed("to") && len(req.To) == 0 {
			return nil, app.ExitUsage, errors.New("--to is empty: name whom the message is for, or leave it out for everybody")
		}
		req.About, req.Text = args[0], args[1]
		m, code, err := a.Tell(cmd.Context(), req)
		return []app.Message{m}, code, err
	})
	return cmd
}

func (c *command) hubMessages() *cobra.Command {
	cmd := &cobra.Command{
		Use: "messages [PLAN...]", Short: "Show the messages about plans, and who has acknowledged them", ValidArgsFunction: c.completePlans,
		Long: `Messages shows the messages about plans, oldest first, of each plan the newest 1,000; without PLAN, those about all
plans of the workspace.`,
	}
	c.messageCommand(cmd, func(cmd *cobra.Command, a *app.App, args []string) ([]app.Message, int, error) {
		return a.Messages(cmd.Context(), args)
	})
	return cmd
}

func (c *command) hubAck() *cobra.Command {
	cmd := &cobra.Command{
		Use: "ack MESSAGE", Short: "Say that you have read a message, under the name of your token", Args: cobra.ExactArgs(1),
		Long: "Ack writes a receipt for the message with that id, as wpctl hub messages shows it. Once or more often is the same.",
	}
	c.messageCommand(cmd, func(cmd *cobra.Command, a *app.App, args []string) ([]app.Message, int, error) {
		m, code, err := a.Acknowledge(cmd.Context(), args[0])
		return []app.Message{m}, code, err
	})
	return cmd
}

// messageCommand has a command show messages.
func (c *command) messageCommand(cmd *cobra.Command, do func(*cobra.Command, *app.App, []string) ([]app.Message, int, error)) {
	hubFlag(cmd)
	c.outputFlag(cmd, "text", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "hub"); err != nil {
			return err
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		list, code, err := do(cmd, a, args)
		if err != nil {
			return &exitError{code: code, err: err}
		}
		if c.output == "json" {
			return c.json(view.MessagesJSON(list))
		}
		if len(list) == 0 {
			fmt.Fprintln(c.Stderr, "no messages")
			return nil
		}
		return view.Messages(c.Stdout, list, c.style(c.Stdout))
	}
}
