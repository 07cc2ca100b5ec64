package view

import (
	"bytes"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

func shopPlan() app.PlanView {
	return app.PlanView{
		ID: "SHOP-WP-0001", Title: "Bring the shop to the cluster", Status: "active", File: file,
		Tasks: []app.PlanTask{
			{ID: "SHOP-WP-0001-T01", Short: "T01", Title: "Take stock of what is there", Status: "done", State: workspace.Done},
			{
				ID: "SHOP-WP-0001-T03", Short: "T03", Title: "Build the image and publish it in the registry, signed and scanned",
				Status: "todo", State: workspace.Ready, Follows: "T01", Steps: []app.PlanStep{
					{Name: "make dry-run", Kind: "sh", Caps: []check.Capability{check.RunsCode, check.Network}},
					{Name: "the image can be pulled without credentials, on all the platforms that the nodes have", Kind: "image", Caps: []check.Capability{check.Network}},
				},
			},
			{
				ID: "SHOP-WP-0001-T04", Short: "T04", Title: "Database", Status: "todo", State: workspace.Blocked, Why: "T03 is todo", Needs: []string{"T03", "D-01"},
				Steps: []app.PlanStep{
					{Name: "the role connects", Kind: "postgres", Caps: []check.Capability{check.ClusterRead, check.ReadsSecrets}, Within: 2 * time.Minute},
					{Name: "migrate", Kind: "job", Caps: []check.Capability{check.ClusterWrite}, Note: "effect"},
				},
			},
			{ID: "SHOP-WP-0001-T07", Short: "T07", Title: "Smoke test", Status: "todo", State: workspace.Waiting, Why: "for a sign-off", Needs: []string{"T04"}},
			{ID: "SHOP-WP-0001-T08", Short: "T08", Title: "Mirror", Status: "cancelled", State: workspace.Cancelled},
		},
		Decisions: []app.PlanDecision{
			{ID: "SHOP-WP-0001-D-01", Short: "D-01", Status: "pending", Question: "Which cluster holds the database?", Options: []app.PlanOption{{Name: "A", Text: "the old one"}, {Name: "B", Text: "a new one"}}, Recommendation: "B"},
			{ID: "SHOP-WP-0001-D-02", Short: "D-02", Status: "resolved", Question: "Which registry?", Choice: "B"},
		},
		Own: []app.PlanStep{{Name: "everything answers", Kind: "http", Caps: []check.Capability{check.Network}, Note: "guards all"}},
	}
}

func TestPlan(t *testing.T) {
	inAll(t, "plan", func(b *bytes.Buffer, o Options) error {
		return Plan(b, []app.PlanView{shopPlan(), {ID: "EMPTY-1", Title: "Nothing yet"}}, o)
	})
}

func TestPlanOfHostileTextIsWellDressed(t *testing.T) {
	for _, h := range hostile {
		v := app.PlanView{
			ID: h, Title: h, File: h, Own: []app.PlanStep{{Name: h, Kind: h, Note: h}},
			Tasks:     []app.PlanTask{{Short: h, Title: h, State: app.State(h), Why: h, Needs: []string{h}, Follows: h}},
			Decisions: []app.PlanDecision{{Short: h, Status: h, Question: h, Choice: h}},
		}
		o := Options{GitHub: true}
		var b bytes.Buffer
		if err := Plan(&b, []app.PlanView{v}, o); err != nil {
			t.Fatal(err)
		}
		wellDressed(t, b.String(), o)
	}
}
