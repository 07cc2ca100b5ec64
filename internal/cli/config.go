package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) config() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Show the configuration",
	}
	var origin bool
	show := &cobra.Command{
		Use:   "view",
		Short: "Show the settings that hold here",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			settings := a.Config.Origins()
			if c.output == "json" {
				return c.json(json.MarshalIndent(configView{view.JSONVersion, "Config", settings}, "", "  "))
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 4, 2, ' ', 0)
			for _, s := range settings {
				fmt.Fprintf(w, "%s\t%s", view.Safe(s.Key), view.Safe(s.Value))
				if origin {
					fmt.Fprintf(w, "\t%s", view.Safe(s.Origin))
				}
				fmt.Fprintln(w)
			}
			return w.Flush()
		},
	}
	show.Flags().BoolVar(&origin, "show-origin", false, "say where each value comes from")
	c.outputFlag(show, "text", "json")
	cmd.AddCommand(show)
	return cmd
}

// configView is the document of the settings.
type configView struct {
	Version  int              `json:"version" doc:"1: the version of the document"`
	Kind     string           `json:"kind" doc:"the kind of document"`
	Settings []config.Setting `json:"settings" doc:"all settings that are set"`
}
