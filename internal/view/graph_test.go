package view

import (
	"bytes"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
)

func shopGraph() app.GraphView {
	node := func(short, title string, state drawing.State) drawing.Node {
		return drawing.Node{ID: "SHOP-WP-0001-" + short, Short: short, Title: title, Kind: drawing.Task, State: state}
	}
	decision := node("D-01", "Which cluster holds the database?", drawing.Waiting)
	decision.Kind, decision.Status = drawing.Decision, "pending"
	database := node("T04", "Database", drawing.Waiting)
	database.Why = "D-01 is pending"
	edge := func(from, to string, gates bool) drawing.Edge {
		return drawing.Edge{From: "SHOP-WP-0001-" + from, To: "SHOP-WP-0001-" + to, Gates: gates}
	}
	return app.GraphView{
		Files: map[string]string{"SHOP-WP-0001": file},
		Graph: drawing.Graph{
			Clusters: []drawing.Cluster{
				{ID: "SHOP-WP-0001", Title: "Bring the shop to the cluster", Status: "active", Nodes: []drawing.Node{
					node("T01", "Take stock of what is there", drawing.Done),
					node("T02", "Describe the image", drawing.Failed),
					node("T03", "Build the image and publish it in the registry, signed and scanned", drawing.Blocked),
					decision, database,
					node("T05", "Release", drawing.Started),
					node("T06", "Mirror", drawing.Cancelled),
					node("T07", "Runbook", drawing.Queued),
				}},
				{ID: "EMPTY-1", Title: "Nothing yet", Status: "draft"},
				{ID: "QUAY-WP-0001", Outside: true, Nodes: []drawing.Node{{ID: "QUAY-WP-0001-T01", Short: "T01", State: drawing.Ready}}},
			},
			Edges: []drawing.Edge{
				edge("T01", "T02", false), edge("T02", "T03", true), edge("T01", "T04", true), edge("D-01", "T04", true),
				edge("T03", "T05", true), edge("T04", "T05", true), edge("T05", "T06", false), edge("T05", "T07", false),
				{From: "QUAY-WP-0001-T01", To: "SHOP-WP-0001-T05", Gates: true},
			},
		},
	}
}

func TestGraph(t *testing.T) {
	inAll(t, "graph", func(b *bytes.Buffer, o Options) error { return Graph(b, shopGraph(), o) })
}

func TestGraphOfHostileTextIsWellDressed(t *testing.T) {
	for _, h := range hostile {
		v := app.GraphView{Files: map[string]string{h: h}, Graph: drawing.Graph{
			Clusters: []drawing.Cluster{{ID: h, Title: h, Status: h, Nodes: []drawing.Node{
				{ID: h, Short: h, Title: h, Status: h, Why: h, State: drawing.Ready}, {ID: "b", Short: h, State: drawing.Ready},
			}}},
			Edges: []drawing.Edge{{From: h, To: "b", Gates: true}},
		}}
		o := Options{GitHub: true}
		var b bytes.Buffer
		if err := Graph(&b, v, o); err != nil {
			t.Fatal(err)
		}
		wellDressed(t, b.String(), o)
	}
}
