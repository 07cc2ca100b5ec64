package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) hubProbe() *cobra.Command {
	var send string
	cmd := &cobra.Command{
		Use: "probe", Short: "Show what a hub of others is asked, and what it lacks", Args: cobra.NoArgs,
		Long: `Probe makes an example of each request that hub.routes say, and shows it without the token; and says which kinds,
fields and statuses have no place in the hub. With --send it reads the lists of the hub about one plan; it never
changes anything there.`,
		Example: `  wpctl hub probe
  wpctl hub probe --send APP-WP-0001`,
	}
	cmd.Flags().StringVar(&send, "send", "", "read what the hub has of this plan: a file or an id")
	hubFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := notEmpty(cmd, "send", "hub"); err != nil {
			return err
		}
		a, err := c.app(cmd)
		if err != nil {
			return err
		}
		defer a.Close()
		out, code, err := a.Probe(cmd.Context(), send)
		if err != nil {
			return &exitError{code: code, err: err}
		}
		if c.output == "json" {
			err = c.json(json.MarshalIndent(hubProbe{view.JSONVersion, "HubProbe", out}, "", "  "))
			if err != nil {
				return err
			}
			return exit(code)
		}
		for _, t := range out.Requests {
			line := fmt.Sprintf("%-10s %-6s %s %s", t.Kind, t.Route, t.Method, t.URL)
			if len(t.Body) > 0 {
				line += " " + string(t.Body)
			}
			if t.Sent && t.Error == "" {
				line += fmt.Sprintf(": %d there", t.Records)
			}
			if t.Error != "" {
				line += ": " + t.Error
			}
			fmt.Fprintln(c.Stdout, view.Safe(line))
		}
		for _, m := range out.Missing {
			fmt.Fprintln(c.Stdout, view.Safe("missing: "+m))
		}
		for _, w := range out.Warnings {
			fmt.Fprintln(c.Stdout, view.Safe("warning: "+w))
		}
		return exit(code)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// hubProbe is the document of what was tried at a hub of others.
type hubProbe struct {
	Version int            `json:"version" doc:"1: the version of the document"`
	Kind    string         `json:"kind" doc:"the kind of document"`
	Probe   adapter.Probed `json:"probe" doc:"what was tried, or only shown"`
}
