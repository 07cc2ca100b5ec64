package steps

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// helmArgs are the fields of a helm step: of a release in a cluster, or of a chart's templates.
type helmArgs struct {
	Release   string `yaml:"release" doc:"a release in the cluster; with template, the name to render for"`
	Namespace string `yaml:"namespace" doc:"its namespace; else the step's, else that of the kubeconfig's context"`

	Status     []string       `yaml:"status" enum:"deployed|failed|pending-install|pending-upgrade|pending-rollback|superseded|uninstalling|uninstalled|unknown" doc:"the statuses of the release that are as planned; unwritten: deployed"`
	Revision   int            `yaml:"revision" doc:"the revision that is looked at, the only one that is read; unwritten: the newest"`
	Chart      string         `yaml:"chart" doc:"the chart as NAME-VERSION, with * for any rest: web-0.3.*"`
	AppVersion string         `yaml:"appVersion" doc:"the chart's appVersion, with * for any rest"`
	Match      map[string]any `yaml:"match" doc:"expect these parts of the release's values, the chart's defaults included"`
	Absent     bool           `yaml:"absent" doc:"no release of that name may be there"`

	Template string            `yaml:"template" doc:"a chart of the checkout that helm renders, without a cluster"`
	Values   []string          `yaml:"values" doc:"files of values for template"`
	Set      map[string]string `yaml:"set" doc:"single values for template, as text: image.tag"`
	Count    *int              `yaml:"count" doc:"how many objects template renders to"`
	Objects  []helmObject      `yaml:"objects" doc:"objects that template has to render to"`
}

// helmObject is what is expected of rendered objects.
type helmObject struct {
	APIVersion string         `yaml:"apiVersion" doc:"their apiVersion; unwritten: any"`
	Kind       string         `yaml:"kind" required:"true" doc:"their kind"`
	Name       string         `yaml:"name" doc:"their name; unwritten: any"`
	Count      *int           `yaml:"count" doc:"how many there must be; unwritten: at least one"`
	Match      map[string]any `yaml:"match" doc:"parts that they must have, as in k8s"`
	Absent     bool           `yaml:"absent" doc:"there must be none"`
}

// helmSelf is what a helm step saw.
type helmSelf struct {
	Status     string         `json:"status" doc:"the release's status"`
	Revision   int            `json:"revision" doc:"the revision that was looked at"`
	Chart      string         `json:"chart" doc:"the chart as NAME-VERSION"`
	Version    string         `json:"version" doc:"the chart's version"`
	AppVersion string         `json:"appVersion" doc:"the chart's appVersion"`
	Values     map[string]any `json:"values" doc:"the release's values, the chart's defaults included"`
	Deployed   time.Time      `json:"deployed" doc:"when that revision was deployed"`
	Objects    []any          `json:"objects" doc:"what template renders to; of Secrets without values"`
}

// helm looks at releases of a cluster, and at what charts render to.
type helm struct{ cluster Cluster }

// helmKind reads releases as helm keeps them, in Secrets, and lets the helm of this machine render charts.
//
// To find the newest revision it lists the metadata of the release's Secrets, and reads one of them; with revision it
// reads that one and lists nothing. A release that is not there is a finding, one that cannot be read is unknown.
func helmKind(d Deps) check.Kind {
	h := helm{d.Cluster}
	return check.Define(check.Spec[helmArgs]{
		Name:    "helm",
		Doc:     "Expect a release to be deployed as planned, or a chart to render to the objects that are wanted.",
		Bare:    "release",
		Example: "helm: {release: web, namespace: web, status: deployed, chart: \"web-0.3.*\"}",
		Self:    helmSelf{},
		Timeout: 10 * time.Minute,
		Could:   []check.Capability{check.ReadsFiles},
		CapsOf: func(a helmArgs) []check.Capability {
			if a.Template != "" {
				return []check.Capability{check.ReadsFiles}
			}
			return []check.Capability{check.ClusterRead, check.ReadsSecrets}
		},
		Check:    helmCheck,
		Target:   helmArgs.target,
		Rules:    helmRules,
		Programs: func(a helmArgs) []string { return programs("", a.Template, "") },
		Look: func(ctx context.Context, at check.Site, a helmArgs) (check.Result, error) {
			if a.Template != "" {
				return helmTemplate(ctx, at, a)
			}
			return h.release(ctx, at, a)
		},
		Draft: h.draft,
	})
}

func (a helmArgs) target() string {
	if a.Template != "" {
		return a.Template
	}
	return strings.TrimSpace(a.Release + " " + strings.TrimSuffix("in "+a.Namespace, "in "))
}

// helmRules are the rights of a look at a release.
func helmRules(a helmArgs) []check.Rule {
	if a.Template != "" {
		return nil
	}
	r := check.Rule{Verbs: []string{"get", "list"}, APIVersion: "v1", Kind: "Secret", Namespace: a.Namespace}
	if a.Revision > 0 {
		r.Verbs, r.Names = []string{"get"}, []string{releaseSecret(a.Release, a.Revision)}
	}
	return []check.Rule{r}
}

func helmCheck(a helmArgs) (out []check.Problem) {
	add := func(bad bool, message, hint string, at ...any) {
		if bad {
			out = append(out, problem(message, hint, at...))
		}
	}
	ofRelease := a.Status != nil || a.Revision != 0 || a.Chart != "" || a.AppVersion != "" || a.Match != nil || a.Absent
	ofChart := a.Values != nil || a.Set != nil || a.Count != nil || a.Objects != nil
	add(a.Template == "" && a.Release == "", "nothing is looked at", "say release, or template")
	add(a.Release != "" && !isReleaseName(a.Release), "this is no name of a release", "small letters, digits, dashes and dots, at most 53", "release")
	add(a.Template != "" && ofRelease, "status, revision, chart, appVersion, match and absent are of a release in the cluster", "make a step of each", "template")
	add(a.Template == "" && ofChart, "values, set, count and objects are of a chart that is rendered", "say template, or match for the values of a release")
	add(a.Revision < 0, "a revision is 1 or more", "", "revision")
	add(a.Count != nil && *a.Count < 0, "count cannot be negative", "", "count")
	add(a.Absent && (a.Status != nil || a.Revision != 0 || a.Chart != "" || a.AppVersion != "" || a.Match != nil), "what is absent can be nothing else", "leave out what else is wanted of it", "absent")
	for field, glob := range map[string]string{"chart": a.Chart, "appVersion": a.AppVersion} {
		_, err := path.Match(glob, "")
		add(err != nil, "this is no pattern", "such as web-0.3.*", field)
	}
	if a.Template != "" {
		out = append(out, chartProblems("template", a.Template, a.Values)...)
	}
	for i, o := range a.Objects {
		add(o.Kind == "", "kind is empty", "such as Deployment", "objects", i, "kind")
		add(o.Count != nil && *o.Count < 0, "count cannot be negative", "", "objects", i, "count")
		add(o.Absent && o.Count != nil, "what is absent is none", "leave out count", "objects", i, "count")
	}
	slices.SortStableFunc(out, func(a, b check.Problem) int { return strings.Compare(fmt.Sprint(a.Path), fmt.Sprint(b.Path)) })
	return out
}

// isReleaseName follows helm's own rule.
func isReleaseName(s string) bool {
	ends := func(c byte) bool { return c == '-' || c == '.' }
	return len(s) <= 53 && s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") == "" && !ends(s[0]) && !ends(s[len(s)-1])
}
