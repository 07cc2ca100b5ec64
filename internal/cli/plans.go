package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/view"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// noPlan is the error where a command wants to be told of which plans, and is not.
type noPlan struct {
	choice string
	first  error // what is to be mended before anything can be chosen
}

func (e *noPlan) Error() string { return "no plan is named; " + e.choice }

// maxOffered is how many plans are named to choose from.
const maxOffered = 10

// somePlans wants at least one plan; where none is given, the error says which there are.
func (c *command) somePlans(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return nil
	}
	a, err := c.app(cmd)
	if err != nil {
		return &noPlan{first: err}
	}
	defer a.Close()
	w, _, err := a.Workspace(cmd.Context())
	if err != nil {
		return &noPlan{first: err}
	}
	var ids []string
	for _, p := range w.Plans {
		if p.Repo == "" && p.ID != "" && !closedPlan(p.Status) {
			ids = append(ids, view.Safe(p.ID))
		}
	}
	return &noPlan{choice: offered(ids)}
}

// closedPlan tells whether nobody would begin to run a plan of that status.
func closedPlan(status string) bool {
	return workplan.Status(status) == workplan.Cancelled || workplan.Status(status) == workplan.Archived
}

// offered says which plans there are.
func offered(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "no plan is known here: name a file or a folder"
	case n == 1:
		return "there is " + ids[0]
	case n > maxOffered+1:
		return fmt.Sprintf("there are %s and %d more, which `wpctl list plans` lists", strings.Join(ids[:maxOffered], ", "), n-maxOffered)
	}
	return "there are " + strings.Join(ids, ", ")
}
