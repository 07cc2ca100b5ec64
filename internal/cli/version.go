package cli

import (
	"encoding/json"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// Version is the version of this program.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
}

func (c *command) version() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.output == "json" {
				return c.json(json.MarshalIndent(map[string]any{
					"version": 1, "kind": "Version", "wpctl": c.Version.Version, "commit": c.Version.Commit,
					"go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "format": 1,
				}, "", "  "))
			}
			_, err := fmt.Fprintln(c.Stdout, "wpctl "+c.Version.Version)
			return err
		},
	}
	cmd.Flags().Bool("client", true, "the version of this program; there is no other")
	c.outputFlag(cmd, "text", "json")
	return cmd
}
