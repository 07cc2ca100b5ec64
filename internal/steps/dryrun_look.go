package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const (
	maxTrials   = 8  // at once
	maxFindings = 30 // that are told
)

func (k dryrun) look(ctx context.Context, at check.Site, a dryrunArgs) (check.Result, error) {
	if k.trials == nil {
		return check.Result{}, errNoCluster
	}
	self := dryrunSelf{Objects: []dryrunObject{}}
	r := check.Result{Want: "the server accepts " + a.target(), Self: self}
	manifests, err := a.manifests(ctx, at)
	var broken *badChart
	switch {
	case errors.As(err, &broken):
		r.Saw = broken.Error()
		return r, nil
	case errors.Is(err, errNothing):
		r.Saw, r.Empty = errNothing.Error(), a.Changed == ""
		return r, nil
	case err != nil:
		return check.Result{}, err
	case len(manifests) == 0:
		r.Empty, r.Saw = true, "no object in it"
		if a.Changed != "" {
			r.Saw = "nothing of it changed since " + a.Changed
		}
		return r, nil
	}
	for _, m := range manifests {
		tellManifest(m.object, at)
	}
	t := trials{k: k, at: at, a: a, makes: madeBy(manifests)}
	if self.Objects, err = t.all(ctx, manifests); err != nil {
		return check.Result{}, err
	}
	return t.conclude(r, self, manifests)
}

// tellManifest names what a Secret in a manifest holds to the redactor.
func tellManifest(o Object, at check.Site) {
	if at.Secret == nil {
		return
	}
	veil(o, at.Secret)
	if objString(o, "kind") == "Secret" {
		for _, v := range objMap(o, "stringData") {
			s, _ := v.(string)
			nameSecret(at, s)
		}
	}
}

// made are the names that manifests make and others of them need.
type made struct {
	namespaces map[string]bool
	kinds      map[string]bool // group/Kind
}

func madeBy(manifests []manifest) made {
	m := made{map[string]bool{}, map[string]bool{}}
	for _, one := range manifests {
		switch o := one.object; objString(o, "kind") {
		case "Namespace":
			m.namespaces[objString(o, "metadata", "name")] = true
		case "CustomResourceDefinition":
			m.kinds[objString(o, "spec", "group")+"/"+objString(o, "spec", "names", "kind")] = true
		}
	}
	return m
}

// trials are the manifests of a step before a server.
type trials struct {
	k     dryrun
	at    check.Site
	a     dryrunArgs
	makes made
}

// all tries the objects, a few at once. An error is one that concerns all of them.
func (t trials) all(ctx context.Context, manifests []manifest) ([]dryrunObject, error) {
	out := make([]dryrunObject, len(manifests))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(maxTrials)
	for i, m := range manifests {
		g.Go(func() (err error) {
			out[i], err = t.one(ctx, m)
			return err
		})
	}
	return out, g.Wait()
}

// one tries an object.
func (t trials) one(ctx context.Context, m manifest) (dryrunObject, error) {
	o := dryrunObject{
		File: m.file, Document: m.document, Kind: objString(m.object, "kind"), Findings: []dryrunFinding{},
		Name: objString(m.object, "metadata", "name"), Namespace: objString(m.object, "metadata", "namespace"),
	}
	reject := func(line int, path, message string) {
		o.Findings = append(o.Findings, dryrunFinding{line, path, message})
	}
	if m.bad != "" {
		reject(m.lineOf(nil), "", m.bad)
		return o, nil
	}
	trial := Trial{Object: m.object, Default: t.a.Namespace}
	if trial.Default == "" {
		trial.Default = t.at.Namespace
	}
	v, err := t.k.trials.Try(ctx, t.at.Cluster, trial)
	if err == nil && v.NoNamespace && t.makes.namespaces[v.Namespace] && t.a.StandIn != "" {
		own := v.Namespace
		trial.Namespace = t.a.StandIn
		v, err = t.k.trials.Try(ctx, t.at.Cluster, trial)
		v.Namespace = own
	}
	var none *NoKind
	var denied *NotAllowed
	switch group, _, _ := strings.Cut(objString(m.object, "apiVersion"), "/"); {
	case errors.As(err, &none) && t.makes.kinds[group+"/"+o.Kind]:
		o.Unchecked = "its kind is defined by the same manifests: apply that first"
		return o, nil
	case errors.As(err, &none):
		reject(m.lineOf([]any{"kind"}), "", none.Error()+kustomizeHint(group))
		return o, nil
	case errors.As(err, &denied):
		o.Unchecked = denied.Text
		return o, nil
	case err != nil:
		return o, err
	}
	for _, w := range v.Warnings {
		warn(t.at, "%s: %s", o.what(), w)
	}
	o.Namespace = v.Namespace
	for _, r := range v.Rejected {
		reject(m.lineOf(r.At), r.Path, stable(goValue().ReplaceAllString(r.Message, "$1")))
	}
	slices.SortStableFunc(o.Findings, func(a, b dryrunFinding) int { return cmp.Or(a.Line-b.Line, cmp.Compare(a.Path, b.Path)) })
	if v.NoNamespace && len(v.Rejected) == 0 {
		switch {
		case !t.makes.namespaces[v.Namespace]:
			reject(m.lineOf([]any{"metadata", "namespace"}), "metadata.namespace", "there is no namespace "+v.Namespace)
		case t.a.StandIn != "":
			o.Unchecked = "there is no namespace " + t.a.StandIn + " to stand in"
		default:
			o.Unchecked = "its namespace " + v.Namespace + " is made by the same manifests, so that only fields and types were looked at: apply that first, or name one that is there with standIn"
		}
	}
	o.Accepted = len(o.Findings) == 0 && o.Unchecked == ""
	return o, nil
}

func kustomizeHint(group string) string {
	if group == "kustomize.config.k8s.io" {
		return "; say kustomize: FOLDER to have it built"
	}
	return ""
}

// conclude makes one result of all: what is rejected fails, and what could not be checked is unknown.
func (t trials) conclude(r check.Result, self dryrunSelf, manifests []manifest) (check.Result, error) {
	var found, unchecked []string
	files := map[string]bool{}
	for i, o := range self.Objects {
		files[o.File] = true
		if len(o.Findings) > 0 {
			self.Rejected++
		}
		for _, f := range o.Findings {
			found = append(found, o.line(f, manifests[i].several))
		}
		if o.Unchecked != "" && !slices.Contains(unchecked, o.what()+": "+o.Unchecked) {
			unchecked = append(unchecked, o.what()+": "+o.Unchecked)
		}
	}
	n := len(self.Objects)
	r.Self = self
	switch {
	case self.Rejected > 0:
		r.Saw = fmt.Sprintf("%d of %s rejected", self.Rejected, plural(n, "object"))
		if more := len(found) - maxFindings; more > 0 {
			found = append(found[:maxFindings], fmt.Sprintf("and %d more", more))
		}
		r.Why = found
		if len(unchecked) > 0 {
			r.Why = append(r.Why, fmt.Sprintf("%d could not be checked: %s", len(unchecked), unchecked[0]))
		}
		return r, nil
	case len(unchecked) > 0:
		return check.Result{}, fmt.Errorf("%d of %s could not be checked: %s", len(unchecked), plural(n, "object"), boundedBy("; ", unchecked))
	}
	r.OK, r.Saw = true, fmt.Sprintf("%s of %s accepted", plural(n, "object"), plural(len(files), "file"))
	return r, nil
}

// goValue is a value of a manifest as the server's merge prints it.
var goValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`&value\.\w+\{Value:(.*)\}`) })

// what is what findings call an object.
func (o dryrunObject) what() string {
	switch {
	case o.Kind == "":
		return "document"
	case o.Name == "":
		return code(o.Kind)
	}
	return code(o.Kind + "/" + o.Name)
}

// line is a finding with its place: manifests/db.yaml:12 `Cluster/apps-pg` spec.postgresql.version: unknown field.
func (o dryrunObject) line(f dryrunFinding, several bool) string {
	s := o.File
	switch {
	case f.Line > 0:
		s += fmt.Sprintf(":%d", f.Line)
	case several:
		s += fmt.Sprintf(" document %d", o.Document)
	}
	if s += " " + o.what(); f.Path != "" {
		s += " " + f.Path
	}
	return s + ": " + f.Message
}
