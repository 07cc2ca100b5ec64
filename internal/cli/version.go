package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Version is the version of this program.
type Version struct {
	Version, Commit, Date string
}

// String is the version with the commit that it was built of, where that is known.
func (v Version) String() string {
	if v.Commit == "" {
		return v.Version
	}
	return fmt.Sprintf("%s (%s of %s)", v.Version, v.Commit[:min(len(v.Commit), 8)], v.Date)
}

func (c *command) version() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if c.output == "json" {
				return c.json(view.VersionJSON(view.VersionInfo{
					Program: c.Version.Version, Commit: c.Version.Commit, Date: c.Version.Date,
					Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Format: workplan.Format,
				}))
			}
			_, err := fmt.Fprintln(c.Stdout, "wpctl "+c.Version.String())
			return err
		},
	}
	cmd.Flags().Bool("client", true, "the version of this program; there is no other")
	c.outputFlag(cmd, "text", "json")
	return cmd
}
