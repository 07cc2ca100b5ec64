package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

func (c *command) schema() *cobra.Command {
	parts := app.SchemaParts()
	return &cobra.Command{
		Use:   "schema [PART]",
		Short: "Print the JSON Schema of front matter, tasks, steps and the configuration",
		Long: `Schema prints a JSON Schema (draft 2020-12) of what wpctl reads in a workplan.
The part config is what wpctl reads in .wpctl.yaml.
With a part it is the schema of that part alone: ` + strings.Join(parts, ", ") + `.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: parts,
		RunE: func(cmd *cobra.Command, args []string) error {
			part := strings.Join(args, "")
			if part != "" && !slices.Contains(parts, part) {
				return fmt.Errorf("no part %q; %s", part, diag.OneOf(part, parts))
			}
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			return c.json(json.MarshalIndent(a.Schema(part), "", "  "))
		},
	}
}
