package steps

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func TestWorkplanLook(t *testing.T) {
	plans := func(_ context.Context, id string) (Standing, error) {
		all := map[string]Standing{
			"P-1":     {ID: "P-1", What: "plan", Title: "A plan", Status: "finished", File: "a.md"},
			"P-1-T01": {ID: "P-1-T01", What: "task", Status: "in_progress"},
			"P-1-D01": {ID: "P-1-D01", What: "decision", Status: "resolved"},
			"P-2":     {ID: "P-2", What: "plan"},
		}
		if s, ok := all[id]; ok {
			return s, nil
		}
		return Standing{}, &NoPlan{ID: id}
	}
	for _, tt := range []struct{ name, args, want string }{
		{"Finished", "{needs: P-1}", "ok: P-1 is finished"},
		{"OneOf", "{needs: P-1-T01, status: [in_progress, done]}", "ok: P-1-T01 is in_progress"},
		{"NotDone", "{needs: P-1-T01}", "failed: want P-1-T01 done, saw P-1-T01 is in_progress"},
		{"Resolved", "{needs: P-1-D01}", "ok: P-1-D01 is resolved"},
		{"NoStatus", "{needs: P-2}", "failed: want P-2 finished, saw P-2 says nothing of its status"},
		{"None", "{needs: P-3}", "error: P-3 is in none of the plans here: are its files among `plans` of the configuration?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, workplanKind(Deps{Plans: plans}), check.Site{}, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	r, _ := localLook(t, workplanKind(Deps{Plans: plans}), check.Site{}, "{needs: P-1, status: done}")
	if got := strings.Join(r.Why, ""); got != "it is a plan, and that is never done" {
		t.Errorf("why is %q", got)
	}
	broken := func(context.Context, string) (Standing, error) { return Standing{}, errors.New("no luck") }
	if _, got := localLook(t, workplanKind(Deps{Plans: broken}), check.Site{}, "{needs: P-1}"); got != "error: no luck" {
		t.Error(got)
	}
}

func TestWorkplanArguments(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{needs: P-1, status: [done, finished]}", ""},
		{"Empty", "{needs: ''}", "[needs]: this is no id"},
		{"File", "{needs: plans/a.md}", "[needs]: this is no id"},
		{"Status", "{needs: P-1, status: finishd}", `[status 0]: nothing has the status "finishd"`},
		{"NoStatus", "{needs: P-1, status: []}", "[status]: no status is as planned"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, workplanKind(Deps{}), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}
