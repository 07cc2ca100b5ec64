package view

import (
	"cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
)

type graphJSON struct {
	header
	Plans    []graphPlanJSON `json:"plans" doc:"plans as frames, with what stands in them"`
	Edges    []graphEdgeJSON `json:"edges" doc:"what comes before what"`
	Critical []string        `json:"criticalPath" doc:"the ids of the longest chain of what is open"`
}

type graphPlanJSON struct {
	ID      string          `json:"id" doc:"the id of the plan; empty for what is in none of the plans here"`
	Title   string          `json:"title" doc:"its title"`
	Status  string          `json:"status" doc:"its status, in wpctl's words"`
	Word    string          `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	File    string          `json:"file" doc:"the file, as one would write it here"`
	Outside bool            `json:"outside" doc:"it was not asked for, but is needed"`
	Nodes   []graphNodeJSON `json:"nodes" doc:"tasks and decisions, and the plan as a whole where it is needed"`
}

type graphNodeJSON struct {
	ID     string        `json:"id" doc:"its full id"`
	Short  string        `json:"short" doc:"its id within its plan"`
	Kind   drawing.Kind  `json:"kind" doc:"task, decision or plan"`
	Title  string        `json:"title" doc:"its title"`
	State  drawing.State `json:"state" doc:"how it stands; it decides the colour"`
	Status string        `json:"status" doc:"the word that is drawn, in wpctl's words"`
	Word   string        `json:"statusWord,omitempty" doc:"the same in the words of the plan's team, where it has its own"`
	Why    string        `json:"why" doc:"why, in a few words"`
}

type graphEdgeJSON struct {
	From     string `json:"from" doc:"the id of what comes first"`
	To       string `json:"to" doc:"the id of what comes after it"`
	Gates    bool   `json:"gates" doc:"it waits; else it only comes after"`
	Critical bool   `json:"critical" doc:"it is on the critical path"`
	Cycle    bool   `json:"cycle" doc:"it closes a cycle"`
}

// GraphJSON is what waits for what as a document.
func GraphJSON(v app.GraphView) ([]byte, error) {
	status := func(id, drawn string) (status, word string) {
		status = cmp.Or(v.Statuses[id], drawn)
		return status, another(drawn, status)
	}
	return marshal(graphJSON{
		head("Graph"),
		each(v.Clusters, func(c drawing.Cluster) graphPlanJSON {
			says, word := status(c.ID, c.Status)
			return graphPlanJSON{c.ID, c.Title, says, word, v.Files[c.ID], c.Outside, each(c.Nodes, func(n drawing.Node) graphNodeJSON {
				says, word := status(n.ID, n.Word())
				return graphNodeJSON{n.ID, n.Short, n.Kind, n.Title, n.State, says, word, n.Why}
			})}
		}),
		each(drawing.Arrows(v.Graph), func(a drawing.Arrow) graphEdgeJSON {
			return graphEdgeJSON{a.From, a.To, a.Gates, a.Critical, a.Cycle}
		}),
		all(drawing.Critical(v.Graph)),
	})
}
