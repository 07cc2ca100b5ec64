package steps

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// eventsArgs are the fields of an events step.
type eventsArgs struct {
	APIVersion string        `yaml:"apiVersion" doc:"group and version of the object, where Kubernetes itself has no such kind of workload"`
	Kind       string        `yaml:"kind" required:"true" doc:"the kind of the object, such as Deployment"`
	Namespace  string        `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	Name       string        `yaml:"name" required:"true" doc:"the object; what it owns belongs to it: ReplicaSets, Jobs, Pods"`
	Since      time.Duration `yaml:"since" doc:"only events of that time, such as 1h; else all that the cluster keeps, an hour by default"`
	Contains   []Regexp      `yaml:"contains" doc:"each must match an event, written as REASON: message"`
	Lacks      []Regexp      `yaml:"lacks" doc:"none may match an event, written as REASON: message; without contains and lacks there may be no Warning at all"`
}

// eventsSelf is what an events step saw.
type eventsSelf struct {
	Events []eventSeen `json:"events" doc:"the events, the oldest first"`
}

type eventSeen struct {
	Type    string `json:"type" doc:"Normal or Warning"`
	Reason  string `json:"reason" doc:"why, in one word, such as BackOff"`
	Message string `json:"message" doc:"what happened, in the words of who tells"`
	Object  string `json:"object" doc:"what it is about, such as Pod/web-1"`
	Count   int    `json:"count" doc:"how often it was seen"`
	Last    string `json:"last" doc:"when it was last seen"`

	about string // the object as findings call it
	text  string // REASON: message, in stable words
}

type events struct{ cluster Cluster }

// eventsKind reads the events about an object and what it owns.
//
// That there is none is the good case, so the object must be there. A cluster forgets events, after an hour by
// default: of a longer time only the rest is seen.
func eventsKind(d Deps) check.Kind {
	e := events{d.Cluster}
	return check.Define(check.Spec[eventsArgs]{
		Name:    "events",
		Doc:     "Expect no Warning events about an object and what it owns, or certain events.",
		Example: `events: {namespace: web, kind: Deployment, name: web, since: 1h, lacks: [Unhealthy, BackOff]}`,
		Self:    eventsSelf{},
		Caps:    []check.Capability{check.ClusterRead},
		Check:   eventsCheck,
		Target:  func(a eventsArgs) string { return a.ref().String() },
		Rules:   eventsRules,
		Shared:  true,
		Look:    e.look,
		Wake: func(ctx context.Context, at check.Site, a eventsArgs) (<-chan struct{}, error) {
			if e.cluster == nil {
				return nil, errNoCluster
			}
			return e.cluster.Watch(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Event", Namespace: a.Namespace, Default: at.Namespace}, a.ref().query(at))
		},
	})
}

func (a eventsArgs) ref() k8sRef {
	return k8sRef{APIVersion: cmp.Or(a.APIVersion, eventKinds[a.Kind], workloads[a.Kind]), Kind: a.Kind, Namespace: a.Namespace, Name: a.Name}
}

// eventKinds are kinds beside workloads that need no apiVersion.
var eventKinds = map[string]string{
	"Node": "v1", "Service": "v1", "PersistentVolumeClaim": "v1", "Ingress": "networking.k8s.io/v1", "HorizontalPodAutoscaler": "autoscaling/v2",
}

func eventsCheck(a eventsArgs) []check.Problem {
	if a.Kind == "" || a.Name == "" {
		return nil // told as missing
	}
	if a.ref().APIVersion == "" {
		return []check.Problem{problem(fmt.Sprintf("the apiVersion of %s is missing", a.Kind), "group and version, such as postgresql.cnpg.io/v1", "kind")}
	}
	return checkRef(a.ref())
}

func eventsRules(a eventsArgs) []check.Rule {
	rule := func(verbs []string, apiVersion, kind string) check.Rule {
		return check.Rule{Verbs: verbs, APIVersion: apiVersion, Kind: kind, Namespace: a.Namespace}
	}
	object := rule([]string{"get", "list", "watch"}, a.ref().APIVersion, a.Kind)
	object.Names = []string{a.Name}
	out := []check.Rule{object, rule([]string{"list", "watch"}, "v1", "Event")}
	for _, k := range ownedKinds(a.Kind) {
		out = append(out, rule([]string{"list"}, k[0], k[1]))
	}
	return out
}

// ownedKinds are the kinds of what an object of that kind owns, directly or not, nearest first.
func ownedKinds(kind string) [][2]string {
	pods := [2]string{"v1", "Pod"}
	switch kind {
	case "Pod", "Node", "Service", "PersistentVolumeClaim", "Ingress", "HorizontalPodAutoscaler":
		return nil
	case "Deployment":
		return [][2]string{{"apps/v1", "ReplicaSet"}, pods}
	case "CronJob":
		return [][2]string{{"batch/v1", "Job"}, pods}
	}
	return [][2]string{pods}
}

func (e events) look(ctx context.Context, at check.Site, a eventsArgs) (check.Result, error) {
	if e.cluster == nil {
		return check.Result{}, errNoCluster
	}
	seen, err := e.cluster.Read(ctx, at.Cluster, a.ref().query(at))
	if err != nil {
		return check.Result{}, err
	}
	if len(seen.Objects) == 0 {
		r := check.Result{Want: a.ref().target(), Saw: sawOf(a.ref(), seen), Self: eventsSelf{Events: []eventSeen{}}}
		r.Explain = func(ctx context.Context) []string {
			q := &inquiry{k: k8s(e), at: at}
			q.missing(ctx, a.ref(), seen)
			return q.lines
		}
		return r, nil
	}
	family, err := e.family(ctx, at, seen.Objects[0], a.Kind)
	if err != nil {
		return check.Result{}, err
	}
	ns := cmp.Or(seen.Namespace, "default") // where the events about things without a namespace are
	all, err := e.cluster.Read(ctx, at.Cluster, Query{APIVersion: "v1", Kind: "Event", Namespace: ns})
	if err != nil {
		return check.Result{}, err
	}
	return a.judge(a.about(family, all.Objects, at.Now)), nil
}

// kin are an object and what it owns.
type kin struct {
	root   Object
	byUID  map[string]Object
	byName map[string]Object // by kind/name: what is there now
	gone   []*regexp.Regexp  // the kind/name of what it may have owned before
}

// family finds what o owns.
func (e events) family(ctx context.Context, at check.Site, o Object, kind string) (kin, error) {
	f := kin{root: o, byUID: map[string]Object{}, byName: map[string]Object{}}
	f.add(o)
	generation := []Object{o}
	for _, k := range ownedKinds(kind) {
		seen, err := e.cluster.Read(ctx, at.Cluster, Query{APIVersion: k[0], Kind: k[1], Namespace: objString(o, "metadata", "namespace")})
		if err != nil {
			return f, err
		}
		var next []Object
		for _, parent := range generation {
			f.gone = append(f.gone, regexp.MustCompile("^"+k[1]+"/"+regexp.QuoteMeta(objString(parent, "metadata", "name"))+`-([0-9]+|[bcdfghjklmnpqrstvwxz2456789]{5,10}(-[bcdfghjklmnpqrstvwxz2456789]{5})?)$`))
			next = append(next, owned(parent, slices.Clone(seen.Objects))...)
		}
		for _, c := range seen.Objects {
			f.byName[k[1]+"/"+objString(c, "metadata", "name")] = c
		}
		for _, c := range next {
			f.add(c)
		}
		generation = append(generation, next...)
	}
	return f, nil
}

func (f kin) add(o Object) {
	f.byUID[objString(o, "metadata", "uid")] = o
	f.byName[objString(o, "kind")+"/"+objString(o, "metadata", "name")] = o
}

// of returns the object that an event is about: one of the family, or what its name says was one before.
func (f kin) of(e Object) (o Object, ok bool) {
	about := objMap(e, "involvedObject")
	if o, ok := f.byUID[objString(about, "uid")]; ok {
		return o, true
	}
	name := objString(about, "kind") + "/" + objString(about, "name")
	there, ok := f.byName[name]
	if uid := objString(about, "uid"); ok && uid == "" { // some write none, or the name of a node
		_, kin := f.byUID[objString(there, "metadata", "uid")]
		return there, kin
	}
	if ok && objString(there, "kind") == "Node" {
		return there, true
	}
	if ok && objString(there, "metadata", "uid") != objString(about, "uid") && objString(f.root, "metadata", "name") == objString(about, "name") {
		return nil, false // an earlier one of its name
	}
	for _, p := range f.gone {
		if !ok && p.MatchString(name) {
			base := objString(f.root, "metadata", "name")
			return Object{"kind": objString(about, "kind"), "metadata": map[string]any{"name": objString(about, "name"), "generateName": base + "-"}}, true
		}
	}
	return nil, false
}

// about are the events of a family in the time that is asked for, the oldest first.
func (a eventsArgs) about(f kin, all []Object, now func() time.Time) []eventSeen {
	out := []eventSeen{}
	for _, e := range all {
		o, ok := f.of(e)
		if !ok {
			continue
		}
		last := eventTime(e)
		if t, err := time.Parse(time.RFC3339Nano, last); a.Since > 0 && err == nil && now().Sub(t) > a.Since {
			continue
		}
		count, _ := objInt(e, "count")
		series, _ := objInt(e, "series", "count")
		reason, message := objString(e, "reason"), objString(e, "message")
		out = append(out, eventSeen{
			Type: objString(e, "type"), Reason: reason, Message: message, Count: int(max(count, series, 1)), Last: last,
			Object: objString(e, "involvedObject", "kind") + "/" + objString(e, "involvedObject", "name"),
			about:  objName(o), text: reason + ": " + eventText(o, message),
		})
	}
	slices.SortStableFunc(out, func(a, b eventSeen) int { return cmp.Compare(a.Last, b.Last) })
	return out
}

func (a eventsArgs) judge(seen []eventSeen) check.Result {
	self := eventsSelf{Events: seen}
	var bad, states []string
	want, saw := "no Warning event about "+a.ref().String(), "no Warning event"
	for _, e := range seen {
		if len(a.Lacks) == 0 && len(a.Contains) == 0 && e.Type == "Warning" || e.matches(a.Lacks) {
			if namesState(e.Message) {
				states = append(states, e.String())
			} else {
				bad = append(bad, e.String())
			}
		}
	}
	if bad == nil {
		bad = states
	}
	var wants []string
	if len(a.Lacks) > 0 {
		saw = "no event like " + sources(a.Lacks)
		wants = append(wants, saw+" about "+a.ref().String())
	}
	for _, r := range a.Contains {
		if !slices.ContainsFunc(seen, func(e eventSeen) bool { return e.matches([]Regexp{r}) }) {
			bad = append(bad, fmt.Sprintf("no event like %q", r.Src))
		}
		wants = append(wants, fmt.Sprintf("an event like %q about %s", r.Src, a.ref()))
		saw = "the events that are wanted"
	}
	if wants != nil {
		want = strings.Join(wants, "; ")
	}
	slices.Sort(bad)
	if bad = slices.Compact(bad); len(bad) > 0 {
		return check.Result{Want: want, Saw: bounded(bad), Self: self}
	}
	return check.Result{OK: true, Want: want, Saw: saw + " about " + code(a.ref().String()), Self: self}
}

func (e eventSeen) matches(rs []Regexp) bool { return matchAny(rs, e.Reason+": "+e.Message) }

func (e eventSeen) String() string {
	return code(e.about) + " " + safe.Cut(e.text, maxLineShown)
}
