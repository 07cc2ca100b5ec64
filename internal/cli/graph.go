package cli

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) graph() *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "graph [PLAN...]",
		Short: "Draw what waits for what: as a tree, as SVG, for mermaid or for graphviz",
		Long: `Graph draws the tasks and decisions of plans, how they stand, and what each waits for.
Without arguments, or with --all, it draws all plans of the workspace. It looks at nothing but the files,
and asks the state hub, where you have a token for it, about needs that are in none of the plans.

By itself it prints a tree for each plan: lines below each other come one after the other, branches can go on side by
side. The other outputs hold the same as a picture:

  svg      a picture of its own, for browsers, light and dark; for paper and for hundreds of tasks too
  mermaid  for markdown on GitHub, Gitea and GitLab; mermaid itself draws 500 edges at most
  dot      for graphviz: wpctl graph -o dot | dot -Tpdf > graph.pdf
  json     for programs

Each plan has a frame. Whole lines lead from what is needed to what waits for it, dashed lines only give the order.
What is needed of a plan that was not asked for stands in a dashed frame. Where a plan is needed as a whole, or has
steps of its own, there is a node for it, behind its last tasks; what a plan needs as a whole leads to its first ones.

The critical path is the longest chain of tasks and decisions that are still open, each of which needs the one before
or comes after it. Each counts the same, since plans do not say how long a task takes. Of chains as long as each other
it is the one with more needs, and then the first. Needs that lead back to where they start are drawn as a cycle.`,
		ValidArgsFunction: c.completePlans,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return errors.New("--all stands for all plans of the workspace: give it or plans, not both")
			}
			a, err := c.app(cmd)
			if err != nil {
				return err
			}
			defer a.Close()
			g, err := a.Graph(cmd.Context(), args)
			if err != nil {
				return err
			}
			c.warn(g.All())
			switch c.output {
			case "svg":
				_, err = io.WriteString(c.Stdout, drawing.SVG(g.Graph))
			case "mermaid":
				_, err = io.WriteString(c.Stdout, drawing.Mermaid(g.Graph))
			case "dot":
				_, err = io.WriteString(c.Stdout, drawing.Dot(g.Graph))
			case "json":
				err = c.json(view.GraphJSON(g))
			default:
				err = view.Graph(c.Stdout, g, c.style(c.Stdout))
			}
			return seenAll(g.Seen, err)
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "all plans of the workspace")
	c.outputFlag(cmd, "text", "mermaid", "dot", "svg", "json")
	return cmd
}
