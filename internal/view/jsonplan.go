package view

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

type planStepJSON struct {
	app.PlanStep
	Caps     []check.Capability `json:"capabilities" doc:"what it does: read files, the network or a cluster, run code, write"`
	WithinMs int64              `json:"withinMs" doc:"how long it is waited for, in milliseconds"`
}

type planTaskJSON struct {
	app.PlanTask
	Needs []string       `json:"needs" doc:"the ids of what it needs"`
	Steps []planStepJSON `json:"steps" doc:"its steps"`
}

type planJSON struct {
	app.PlanView
	Tasks     []planTaskJSON     `json:"tasks" doc:"its tasks, in the order in which they run"`
	Decisions []app.PlanDecision `json:"decisions" doc:"its decisions"`
	Own       []planStepJSON     `json:"ownSteps" doc:"the plan's own steps"`
}

type plansJSON struct {
	header
	Plans []planJSON `json:"plans" doc:"the plans"`
}

// PlanJSON is what a run of plans would do as a document.
func PlanJSON(plans []app.PlanView) ([]byte, error) {
	return marshal(plansJSON{head("Plan"), each(plans, func(v app.PlanView) planJSON {
		return planJSON{v, each(v.Tasks, func(t app.PlanTask) planTaskJSON {
			return planTaskJSON{t, all(t.Needs), each(t.Steps, planStepOf)}
		}), each(v.Decisions, planDecisionOf), each(v.Own, planStepOf)}
	})})
}

func planStepOf(s app.PlanStep) planStepJSON {
	return planStepJSON{s, all(s.Caps), s.Within.Milliseconds()}
}

func planDecisionOf(d app.PlanDecision) app.PlanDecision {
	d.Options = all(d.Options)
	return d
}
