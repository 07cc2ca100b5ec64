//go:build unix

package steps

import (
	"context"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// TestProgramsThatNeverEnd puts programs before the kinds that ask them, which say nothing, or more and more: the look
// ends with its time, is unknown, and holds no more of the talk than is kept.
func TestProgramsThatNeverEnd(t *testing.T) {
	at := localSite(t, map[string]string{
		"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 0.1.0\n",
		"web.sops.yaml":    "a: ENC[AES256_GCM,data:eHg=,iv:eHg=,tag:eHg=,type:str]\nsops:\n  age:\n    - recipient: age1x\n      enc: x\n  mac: ENC[AES256_GCM,data:eHg=,iv:eHg=,tag:eHg=,type:str]\n",
	})
	kinds := []struct {
		kind          check.Kind
		program, args string
	}{
		{gitKind(), "git", `{commit: HEAD}`},
		{helmKind(Deps{}), "helm", `{template: chart}`},
		{secretsKind(), "helm", `{chart: chart}`},
		{sopsKind(), "sops", `{file: web.sops.yaml}`},
		{toolsKind(), "helm", `{helm: ">=3"}`},
		{toolsKind(), "own", `{own: ">=3"}`},
	}
	for how, script := range map[string]string{
		"says nothing":   "while :; do :; done",
		"talks for ever": `while :; do echo "$0: error: y"; echo "$0: error: y" >&2; done`,
		"does not stop":  `trap '' TERM; while :; do :; done`,
	} {
		for _, k := range kinds {
			t.Run(k.kind.Name+" "+k.program+" "+how, func(t *testing.T) {
				toolsOnPath(t, map[string]string{k.program: script})
				args, problems := localArgs(t, k.kind, k.args)
				if len(problems) > 0 {
					t.Fatal(problems)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
				defer cancel()
				began := time.Now()
				r, err := k.kind.Look(ctx, at, args)
				if err == nil || !strings.Contains(err.Error(), k.program+" did not end in time") {
					t.Errorf("%+v %v", r, err)
				}
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		}
	}
}
