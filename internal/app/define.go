package app

import (
	"reflect"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/definition"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Define sets the kinds of step: those given, and those that the configuration defines out of them.
// An *Invalid tells what is wrong with the latter.
func (a *App) Define(kinds []check.Kind) error {
	known, err := check.NewRegistry(kinds...)
	if err != nil || len(a.Config.Definitions) == 0 {
		a.Kinds = known
		return err
	}
	var reserved []string
	for _, f := range strict.Fields(reflect.TypeFor[workplan.StepKeys]()) {
		reserved = append(reserved, f.Name)
	}
	own, diags := definition.Kinds(a.Config.Definitions, known, reserved)
	if diags.Errors() {
		sources := map[string]*text.File{}
		for _, s := range a.Config.Definitions {
			sources[s.File.Name] = s.File
		}
		return &Invalid{Diags: diags, Sources: sources, What: "the configuration"}
	}
	a.Kinds, err = check.NewRegistry(slices.Concat(kinds, own)...)
	return err
}
