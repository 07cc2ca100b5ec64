package play

import (
	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
)

// Alone are the parts of the story for which a control plane is enough: no image runs, and nobody is asked over a
// network. It is for machines on which there is no real node.
var Alone = []Act{
	{Name: "platform", Play: (*Stage).platformAlone, Plans: []string{PlatformPlan}},
	{Name: "lessons", Play: (*Stage).lessonsAlone, Plans: []string{LessonsPlan}},
}

// NewStageAlone writes the repositories, and finds the control plane.
func NewStageAlone(a Audience, dir string, programs Programs) *Stage {
	s := newStage(a, dir, programs)
	var err error
	s.World, err = cast.NewAlone(s.Context(), programs.Programs)
	s.must(err)
	s.furnish(programs)
	return s
}

// platformAlone: a database cluster is declared and brought up, as far as the API server goes.
func (s *Stage) platformAlone() {
	s.Told("A cluster with nothing in it, and a plan of two tasks that are to bring a database cluster onto it.")
	s.run("PLAT-WP-0003")
	s.Told("The manifest is written and applied. Its operator, which is played here, is still at work.")
	s.must(s.World.Definitions(s.Context()))
	s.act("platform")
	s.commit("harbour-platform", "A database cluster for several applications")
	s.must(s.World.Kube.Apply(s.Context(), `
apiVersion: v1
kind: Namespace
metadata: {name: databases}
`))
	s.apply("harbour-platform/manifests/apps-pg.yaml")
	s.status("{phase: Setting up primary, instances: 1, readyInstances: 0}")
	s.run("PLAT-WP-0003")
	s.Told("Now it is up. The same command again.")
	s.must(s.World.Kube.Apply(s.Context(), `
apiVersion: v1
kind: Service
metadata: {name: apps-pg-rw, namespace: databases}
spec: {ports: [{name: postgres, port: 5432}]}
`))
	s.status("{phase: Cluster in healthy state, instances: 1, readyInstances: 1}")
	s.run("PLAT-WP-0003")
}

// status writes what the operator of databases would write.
func (s *Stage) status(status string) {
	s.Helper()
	s.must(s.World.Kube.Merge(s.Context(), "postgresql.cnpg.io/v1 Cluster databases/apps-pg", "status: "+status, "status"))
}

// lessonsAlone: three items of the second plan.
func (s *Stage) lessonsAlone() {
	args := []string{"run", "APPS-WP-0004", "--task", "I01,I02,I06", "--trust=all"}
	s.Told("Another plan has items that stand alone: a tool, a document, and manifests that the server has to take.")
	s.Wpctl(args...)
	s.Told("They are done, and the same command proves it.")
	s.act("improvements")
	s.apply("harbour-apps/manifests/fundbuero-namespace.yaml")
	s.commit("harbour-apps", "What it taught")
	s.Wpctl(args...)
}
