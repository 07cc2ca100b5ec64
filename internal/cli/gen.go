package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// gen writes the documents that are made from the code; it is for this project's own use.
func (c *command) gen() *cobra.Command {
	cmd := &cobra.Command{Use: "gen", Short: "Write documents that are made from the code", Hidden: true}
	cmd.AddCommand(&cobra.Command{
		Use:   "docs FOLDER",
		Short: "Write the reference of kinds and commands as markdown",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			commands := filepath.Join(args[0], "commands")
			if err := os.MkdirAll(commands, 0o755); err != nil {
				return err
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenMarkdownTree(root, commands); err != nil {
				return err
			}
			var out bytes.Buffer
			fmt.Fprint(&out, "# Kinds of step\n\nThis page is made from the code by `make generate`.\n\n")
			for _, k := range kindsOf(a) {
				fmt.Fprintf(&out, "## %s\n\n```\n", k.Name)
				if err := view.Explain(&out, k, nil, view.Options{Unicode: true, Width: 100}); err != nil {
					return err
				}
				fmt.Fprint(&out, "```\n\n")
			}
			return os.WriteFile(filepath.Join(args[0], "kinds.md"), out.Bytes(), 0o644)
		},
	}, &cobra.Command{
		Use:   "man FOLDER",
		Short: "Write manual pages",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Title: "WPCTL", Section: "1"}, args[0])
		},
	})
	return cmd
}
