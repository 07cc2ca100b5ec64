package app

import (
	"context"
	"errors"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
)

// hubSymptoms look at the state hub, where there is one: whether it answers and knows us, and what waits for it.
func (a *App) hubSymptoms(ctx context.Context) []Symptom {
	const about = "hub"
	var out []Symptom
	var none *NoHub
	remote, err := a.remote()
	switch {
	case errors.As(err, &none):
	case err != nil:
		out = append(out, ill(about, err))
	default:
		defer remote.Close()
		ours, ok := remote.(*client.Client)
		if !ok {
			out = append(out, fine(about, "%s is one of others; wpctl hub probe tries its routes", remote.Name()))
			break
		}
		who, err := ours.Who(ctx)
		if err != nil {
			out = append(out, ill(about, err))
			break
		}
		out = append(out, fine(about, "%s answers, as %s, %s", remote.Name(), who.Name, who.Role))
	}
	status, err := a.SyncStatus()
	switch n := len(status.Dead); {
	case err != nil:
		return append(out, Symptom{About: "outbox", Condition: Obscure, Saw: err.Error(), Do: "make the folder of wpctl's state writable"})
	case n > 0:
		out = append(out, Symptom{About: "outbox", Condition: Problem, Saw: fmt.Sprintf("a hub refused %d of what was to be told to it", n), Do: "wpctl sync status, then wpctl sync retry or wpctl sync drop"})
	case len(status.Waiting) > 0:
		out = append(out, Symptom{About: "outbox", Condition: Note, Saw: fmt.Sprintf("%d wait to be told to a hub", len(status.Waiting)), Do: "wpctl sync"})
	}
	return out
}

// ill is the symptom of a hub that cannot be used.
func ill(about string, err error) Symptom {
	s := Symptom{About: about, Condition: Obscure, Saw: err.Error(), Do: "look at hub: base in .wpctl.yaml, and whether the hub runs"}
	switch exitOfHub(err) {
	case ExitAuth:
		s.Condition, s.exit, s.Do = Problem, ExitAuth, "give it a token: wpctl hub token create on the hub, and hub: tokens in your own configuration"
	case ExitUsage:
		s.Condition = Problem
	}
	return s
}
