package view

import (
	"cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
)

type graphJSON struct {
	header
	Plans    []graphPlanJSON `json:"plans"`
	Edges    []graphEdgeJSON `json:"edges"`
	Critical []string        `json:"criticalPath"`
}

type graphPlanJSON struct {
	ID      string          `json:"id"`
	Title   string          `json:"title"`
	Status  string          `json:"status"`
	Word    string          `json:"statusWord,omitempty"`
	File    string          `json:"file"`
	Outside bool            `json:"outside"`
	Nodes   []graphNodeJSON `json:"nodes"`
}

type graphNodeJSON struct {
	ID     string        `json:"id"`
	Short  string        `json:"short"`
	Kind   drawing.Kind  `json:"kind"`
	Title  string        `json:"title"`
	State  drawing.State `json:"state"`
	Status string        `json:"status"`
	Word   string        `json:"statusWord,omitempty"`
	Why    string        `json:"why"`
}

type graphEdgeJSON struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Gates    bool   `json:"gates"`
	Critical bool   `json:"critical"`
	Cycle    bool   `json:"cycle"`
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
