package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// dryrunArgs are the fields of a dryrun step.
type dryrunArgs struct {
	Files     []string          `yaml:"files" doc:"globs of manifests: files that end in .yaml, .yml or .json; ** is any number of folders"`
	Chart     string            `yaml:"chart" doc:"a chart of the checkout, which helm renders"`
	Values    []string          `yaml:"values" doc:"files with values for the chart"`
	Set       map[string]string `yaml:"set" doc:"values for the chart, as texts"`
	Release   string            `yaml:"release" doc:"what the chart's release is called"`
	Kustomize string            `yaml:"kustomize" doc:"a folder with a kustomization, which kustomize or kubectl builds"`
	Run       check.Code        `yaml:"run" doc:"a command, for /bin/sh -c, that prints manifests"`
	Env       map[string]string `yaml:"env" doc:"environment variables of the command"`

	Namespace string `yaml:"namespace" doc:"for objects that say none; else the step's, else that of the kubeconfig's context"`
	StandIn   string `yaml:"standIn" doc:"a namespace that is there, in which objects are tried whose own is made by the same manifests"`
	Changed   string `yaml:"changed" doc:"only what changed since the checkout parted from this commit or branch; for files and chart"`
}

// dryrunSelf is what a dryrun step saw.
type dryrunSelf struct {
	Objects  []dryrunObject `json:"objects" doc:"all that were sent, in the order of the manifests"`
	Rejected int            `json:"rejected" doc:"how many of them the server does not accept"`
}

type dryrunObject struct {
	File      string          `json:"file" doc:"as written; of a chart, the template"`
	Document  int             `json:"document" doc:"its place in the file, from 1"`
	Kind      string          `json:"kind" doc:"as written"`
	Namespace string          `json:"namespace" doc:"where it belongs"`
	Name      string          `json:"name" doc:"as written"`
	Accepted  bool            `json:"accepted" doc:"the server would store it"`
	Findings  []dryrunFinding `json:"findings" doc:"what the server has against it"`
	Unchecked string          `json:"unchecked" doc:"why it could not be checked; empty where it was"`
}

type dryrunFinding struct {
	Line    int    `json:"line" doc:"of the file; 0 where it is not known"`
	Path    string `json:"path" doc:"the field, as the server names it"`
	Message string `json:"message" doc:"what the server says of it"`
}

// dryrun asks a cluster what it would say to manifests.
type dryrun struct{ trials Tryer }

// dryrunKind sends manifests to the server for a dry run: server-side apply with strict validation of fields, or
// creation of what has no name. The server stores nothing. Where a webhook does not support dry runs it is unknown.
//
// What it makes of trouble: what the server rejects, and a manifest that is none, is a finding; an object whose
// namespace or kind only the same manifests would make cannot be checked by the server, and is unknown, unless what it
// could look at is rejected already.
func dryrunKind(d Deps) check.Kind {
	k := dryrun{d.Trials}
	return check.Define(check.Spec[dryrunArgs]{
		Name:     "dryrun",
		Bare:     "files",
		Doc:      "Expect the server to accept manifests, without storing them: every field, type and value, and what admission says.",
		Example:  `dryrun: {files: ["manifests/*.yaml"], changed: origin/main}`,
		Self:     dryrunSelf{},
		Timeout:  10 * time.Minute,
		Could:    []check.Capability{check.Network, check.RunsCode},
		CapsOf:   dryrunCaps,
		Check:    dryrunCheck,
		Target:   dryrunArgs.target,
		RulesAt:  k.rules,
		Changed:  func(a dryrunArgs) string { return a.Changed },
		Programs: func(a dryrunArgs) []string { return programs(a.Run, a.Chart, a.Kustomize) },
		Look:     k.look,
	})
}

func dryrunCaps(a dryrunArgs) []check.Capability {
	caps := []check.Capability{check.ClusterRead, check.ClusterDryRun, check.ReadsFiles}
	if a.Kustomize != "" { // it may name bases elsewhere
		caps = append(caps, check.Network)
	}
	if a.Run != "" {
		caps = append(caps, check.RunsCode)
	}
	return caps
}

func (a dryrunArgs) target() string {
	return cmp.Or(strings.Join(a.Files, ", "), a.Chart, a.Kustomize, firstLine(string(a.Run)))
}

// dryrunCheck finds mistakes that need no look.
func dryrunCheck(a dryrunArgs) (out []check.Problem) {
	bad := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	sources := 0
	for _, given := range []bool{a.Files != nil, a.Chart != "", a.Kustomize != "", a.Run != ""} {
		if given {
			sources++
		}
	}
	if sources != 1 {
		bad("manifests come from one of files, chart, kustomize and run", "keep one of them; several steps may stand side by side")
	}
	if a.Files != nil && len(a.Files) == 0 {
		bad("files is empty", "", "files")
	}
	out = append(out, globProblems(a.Files, "files")...)
	if a.Chart != "" {
		out = append(out, chartProblems("chart", a.Chart, a.Values)...)
	} else if a.Values != nil || a.Set != nil || a.Release != "" {
		bad("values, set and release are for a chart", "", "chart")
	}
	if a.Kustomize != "" {
		for _, p := range globProblems([]string{a.Kustomize}) {
			p.Path = []any{"kustomize"}
			out = append(out, p)
		}
	}
	if a.Run != "" {
		out = append(out, runProblems(string(a.Run))...)
		out = append(out, envProblems(a.Env)...)
	} else if a.Env != nil {
		bad("env is for a command", "", "env")
	}
	if a.Changed != "" && (a.Kustomize != "" || a.Run != "") {
		bad("what a command prints and a kustomization builds may change with any file", "changed is for files and chart", "changed")
	}
	if strings.HasPrefix(a.Changed, "-") {
		bad(fmt.Sprintf("%q is no commit or branch", a.Changed), "such as origin/main", "changed")
	}
	return append(out, a.checkNamespaces()...)
}

func (a dryrunArgs) checkNamespaces() (out []check.Problem) {
	for _, f := range []struct{ field, value string }{{"namespace", a.Namespace}, {"standIn", a.StandIn}} {
		if strings.ContainsAny(f.value, "/ \t\n") {
			out = append(out, problem(fmt.Sprintf("%q is no namespace", f.value), "", f.field))
		}
	}
	return out
}

// rules are the rights to send each object of the manifests: an apply needs patch, and create where it is not there.
func (k dryrun) rules(ctx context.Context, at check.Site, a dryrunArgs) ([]check.Rule, error) {
	if a.Run != "" {
		return nil, errors.New("its objects are known only when its command has run")
	}
	if a.Kustomize != "" { // whoever asks for rights has not agreed to a look at what it names elsewhere
		return nil, errors.New("its objects are known only when it is built, and it may name bases elsewhere")
	}
	a.Changed = "" // another time it is another file
	manifests, err := a.manifests(ctx, at)
	if err != nil {
		return nil, err
	}
	var out []check.Rule
	for _, m := range manifests {
		if m.bad != "" {
			continue
		}
		r := check.Rule{
			Verbs: []string{"create"}, APIVersion: objString(m.object, "apiVersion"), Kind: objString(m.object, "kind"),
			Namespace: cmp.Or(objString(m.object, "metadata", "namespace"), a.Namespace),
		}
		if name := objString(m.object, "metadata", "name"); name != "" {
			r.Verbs, r.Names = []string{"patch", "create"}, []string{name}
		}
		out = append(out, r)
		if a.StandIn != "" && r.Namespace != "" && r.Namespace != a.StandIn {
			out = append(out, check.Rule{Verbs: []string{"create"}, APIVersion: r.APIVersion, Kind: r.Kind, Namespace: a.StandIn})
		}
	}
	return out, nil
}
