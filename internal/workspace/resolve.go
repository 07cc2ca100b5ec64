package workspace

import (
	"errors"
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// Resolve returns the one node that a person means by an id: in full, by an alias, or in its short form where only one
// plan has it. The error says what there is instead.
func (w *Workspace) Resolve(id string) (Node, error) {
	if id == "" {
		return Node{}, errors.New("the id is empty")
	}
	found := w.All(id)
	if len(found) == 0 {
		found = w.Short(id)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		message := fmt.Sprintf("no plan, task or decision %q in this workspace", id)
		if hint := diag.DidYouMean(id, w.IDs()); hint != "" {
			message += "; " + hint
		}
		return Node{}, fmt.Errorf("%s", message)
	}
	var where []string
	for i, n := range found {
		if i == 3 && len(found) > 4 {
			where = append(where, fmt.Sprintf("%d more", len(found)-i))
			break
		}
		where = append(where, fmt.Sprintf("%s (%s:%d)", n.ID(), n.Plan.File, n.Line()))
	}
	if found[0].ID() == found[1].ID() {
		message := fmt.Sprintf("%s stands more than once, and ids are unique in a workspace: %s", id, strings.Join(where, ", "))
		if one, other := found[0].Plan, found[1].Plan; one != other {
			if one.ID == other.ID {
				id = one.ID // a copy
			}
			message += fmt.Sprintf("; name a file, or rename one with `wpctl mv %s NEW --plan FILE`", id)
		}
		return Node{}, errors.New(message)
	}
	return Node{}, fmt.Errorf("%q is in several plans: %s; give its full id", id, strings.Join(where, ", "))
}
