package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// jobArgs are the fields of a job step.
type jobArgs struct {
	Namespace      string            `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	From           string            `yaml:"from" doc:"the workload whose pod template the job takes, such as deployment/web: image, environment, volumes, labels, all but its other containers and its probes"`
	Container      string            `yaml:"container" doc:"which container of the template; else its default one"`
	Image          string            `yaml:"image" doc:"the image, where there is no from"`
	Command        []check.Code      `yaml:"command" doc:"the program and its arguments; else those of the template or the image"`
	Env            map[string]string `yaml:"env" doc:"more environment variables; here values of other steps may come in"`
	Labels         map[string]string `yaml:"labels" doc:"more labels of its pod"`
	ServiceAccount string            `yaml:"serviceAccount" doc:"the service account; else that of the template, or the namespace's default one"`
	PullSecrets    *[]string         `yaml:"pullSecrets" doc:"the Secrets to pull with; [] is none, those of the service account included; without it those of the template or the service account"`
	Start          time.Duration     `yaml:"start" doc:"how long its pod may take until it runs; one that does not is a finding then"`
	Log            *Text             `yaml:"log" doc:"what its log must be"`
}

// jobSelf is what a job step saw.
type jobSelf struct {
	Exit     int           `json:"exit" doc:"the exit code of its program"`
	Log      string        `json:"log" doc:"its log, of a long one the end"`
	Digest   string        `json:"digest" doc:"the digest of the image, such as sha256:…"`
	Duration time.Duration `json:"duration" doc:"how long it took"`
}

// jobs makes disposable Jobs.
type jobs struct {
	cluster Cluster
	changer Changer
}

// jobKind makes a Job, waits for its end, reads its log, and deletes it.
//
// A program that ends with another exit code than 0, and what keeps its pod from running, was seen, and is a finding;
// a Job that does not end in the step's time is unknown. The Job is tried once.
//
// It is deleted with its pod when the look is over; what a killed run leaves is swept as for pod.
func jobKind(d Deps) check.Kind {
	j := jobs{d.Cluster, d.Changer}
	return check.Define(check.Spec[jobArgs]{
		Name:    "job",
		Doc:     "Expect a Job, made of an image or of a workload's pod template, to run to completion.",
		Example: `job: {namespace: web, from: deployment/web, command: [web, migrate]}`,
		Default: jobArgs{Start: time.Minute},
		Self:    jobSelf{},
		Timeout: 10 * time.Minute,
		Caps:    []check.Capability{check.ClusterRead, check.ClusterWrite, check.RunsCode},
		Check:   jobCheck,
		Target:  jobArgs.target,
		Rules:   jobRules,
		Look:    j.look,
	})
}

func (a jobArgs) target() string {
	return strings.TrimSpace(firstLine(joinCode(a.Command)) + " of " + cmpOr(a.From, a.Image))
}

// templates are the kinds that a job may be made from, by the names that kubectl knows them by.
var templates = map[string]string{
	"deployment": "Deployment", "deploy": "Deployment", "statefulset": "StatefulSet", "sts": "StatefulSet",
	"daemonset": "DaemonSet", "ds": "DaemonSet", "cronjob": "CronJob", "cj": "CronJob", "job": "Job", "replicaset": "ReplicaSet", "rs": "ReplicaSet",
}

// source is the workload that from names; ok is false where it names none.
func (a jobArgs) source() (ref k8sRef, ok bool) {
	kind, name, _ := strings.Cut(a.From, "/")
	kind, ok = templates[strings.ToLower(kind)]
	return k8sRef{APIVersion: workloads[kind], Kind: kind, Namespace: a.Namespace, Name: name}, ok && name != "" && !strings.Contains(name, "/")
}

func jobCheck(a jobArgs) []check.Problem {
	out := append(envProblems(a.Env), labelProblems(a.Labels)...)
	switch _, ok := a.source(); {
	case a.From == "" && a.Image == "":
		out = append(out, problem("from or image is missing", "such as from: deployment/web"))
	case a.From != "" && a.Image != "":
		out = append(out, problem("from and image exclude each other", "leave one out", "image"))
	case a.From != "" && !ok:
		out = append(out, problem(fmt.Sprintf("%q names no workload", a.From), "such as deployment/web, statefulset/db or cronjob/backup", "from"))
	}
	if strings.ContainsAny(a.Image, " \t\n") || strings.Contains(a.Image, "://") {
		out = append(out, problem(fmt.Sprintf("%q is no image", firstLine(a.Image)), "such as registry.example/web:1, without https://", "image"))
	}
	if a.Command != nil {
		out = append(out, commandProblems(a.Command, "command")...)
	}
	if a.Container != "" && a.From == "" {
		out = append(out, problem("container chooses one of the template's", "leave it out", "container"))
	}
	if a.Start == 0 {
		out = append(out, problem("a pod does not start in no time", "such as 1m", "start"))
	}
	return out
}

func jobRules(a jobArgs) []check.Rule {
	rule := func(apiVersion, kind, subresource string, verbs ...string) check.Rule {
		return check.Rule{Verbs: verbs, APIVersion: apiVersion, Kind: kind, Subresource: subresource, Namespace: a.Namespace}
	}
	out := []check.Rule{
		disposableRules("batch/v1", "Job", a.Namespace), rule("v1", "Pod", "", "list", "watch"),
		rule("v1", "Pod", "log", "get"), rule("v1", "Event", "", "list"),
	}
	if ref, ok := a.source(); ok {
		from := rule(ref.APIVersion, ref.Kind, "", "get")
		from.Names = []string{ref.Name}
		out = append(out, from)
	}
	return out
}

func (j jobs) look(ctx context.Context, at check.Site, a jobArgs) (check.Result, error) {
	if j.cluster == nil || j.changer == nil {
		return check.Result{}, errNoCluster
	}
	template, missing, err := j.template(ctx, at, a)
	if err != nil || missing != nil {
		return orZero(missing), err
	}
	container, err := a.fill(template)
	if err != nil {
		return check.Result{Want: a.want(), Saw: err.Error(), Self: jobSelf{}}, nil
	}
	d := disposable{j.changer, j.cluster, at}
	life := lifetime(ctx)
	begun := time.Now()
	o := jobOf(d.meta(a.Namespace, life, nil, nil), template, life)
	made, remove, err := d.make(ctx, o)
	defer remove()
	if text, ok := notAdmitted(o, err); ok {
		return check.Result{Want: a.want(), Saw: "the cluster does not take the job: " + text, Self: jobSelf{}}, nil
	}
	if err != nil {
		return check.Result{}, err
	}
	pod, bad, err := j.wait(ctx, at, a, made, awaited{name: objString(container, "name"), image: objString(container, "image"), secrets: a.PullSecrets})
	if err != nil {
		return check.Result{}, err
	}
	return j.judge(ctx, at, a, pod, objString(container, "name"), bad, time.Since(begun))
}

func orZero(r *check.Result) check.Result {
	if r == nil {
		return check.Result{}
	}
	return *r
}

func (a jobArgs) want() string { return a.target() + " to complete" }

// template returns the pod template that the job is made of, which may be changed; or the result where there is none.
func (j jobs) template(ctx context.Context, at check.Site, a jobArgs) (map[string]any, *check.Result, error) {
	ref, ok := a.source()
	if !ok {
		return map[string]any{"spec": map[string]any{
			"containers":                   []any{map[string]any{"name": podContainer, "image": a.Image, "imagePullPolicy": "Always"}},
			"automountServiceAccountToken": a.ServiceAccount != "",
		}}, nil, nil
	}
	seen, err := j.cluster.Read(ctx, at.Cluster, ref.query(at))
	if err != nil {
		return nil, nil, err
	}
	if len(seen.Objects) == 0 {
		r := check.Result{Want: a.want(), Saw: sawOf(ref, seen), Self: jobSelf{}}
		r.Explain = func(ctx context.Context) []string {
			q := &inquiry{k: k8s{j.cluster}, at: at}
			q.missing(ctx, ref, seen)
			return q.lines
		}
		return nil, &r, nil
	}
	path := []string{"spec", "template"}
	if ref.Kind == "CronJob" {
		path = []string{"spec", "jobTemplate", "spec", "template"}
	}
	return deepCopy(objMap(seen.Objects[0], path...)).(map[string]any), nil, nil
}

// fill makes the template that of a job: one container with its command, without what is for a service, and returns
// the container.
func (a jobArgs) fill(template map[string]any) (map[string]any, error) {
	spec := objMap(template, "spec")
	name := cmpOr(a.Container, defaultContainer(template))
	all := objList(spec, "containers")
	i := slices.IndexFunc(all, func(c any) bool { return objString(c, "name") == name })
	if i < 0 {
		return nil, fmt.Errorf("`%s` has no container %s, but %s", a.From, name, strings.Join(containerNames(template), ", "))
	}
	c := objMap(all[i])
	for _, key := range []string{"livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "ports"} {
		delete(c, key)
	}
	if a.Command != nil {
		delete(c, "args")
		c["command"] = withEnv(a.Command, nil)
	}
	a.addEnv(c)
	spec["containers"] = []any{c}
	spec["restartPolicy"] = "Never"
	delete(spec, "nodeName")
	spec["readinessGates"] = []any{map[string]any{"conditionType": markPrefix + "never"}} // so that no Service sends it anything
	if a.ServiceAccount != "" {
		spec["serviceAccountName"] = a.ServiceAccount
		delete(spec, "serviceAccount")
	}
	if secrets := pullSecrets(a.PullSecrets); secrets != nil {
		spec["imagePullSecrets"] = secrets
	}
	a.label(template)
	return c, nil
}

// addEnv adds the step's variables to those of a container; they win.
func (a jobArgs) addEnv(c map[string]any) {
	if len(a.Env) == 0 {
		return
	}
	env := slices.DeleteFunc(slices.Clone(objList(c, "env")), func(e any) bool { _, ours := a.Env[objString(e, "name")]; return ours })
	c["env"] = append(env, envList(a.Env)...)
}

// label gives a template the labels of its workload, less those that controllers write, and the step's.
func (a jobArgs) label(template map[string]any) {
	meta := objMap(template, "metadata")
	labels := copyMap(objMap(meta, "labels"))
	maps.DeleteFunc(labels, func(key string, _ any) bool {
		return key == "pod-template-hash" || key == "job-name" || key == "controller-uid" || strings.HasPrefix(key, "batch.kubernetes.io/")
	})
	for k, v := range a.Labels {
		labels[k] = v
	}
	template["metadata"] = map[string]any{"labels": labels, "annotations": copyMap(objMap(meta, "annotations"))}
}

// jobOf is a Job that tries once, and that the cluster itself ends and forgets.
func jobOf(meta, template map[string]any, life time.Duration) Object {
	return Object{"apiVersion": "batch/v1", "kind": "Job", "metadata": meta, "spec": map[string]any{
		"backoffLimit": 0, "activeDeadlineSeconds": int(life.Seconds()), "ttlSecondsAfterFinished": int(life.Seconds()), "template": template,
	}}
}

// deepCopy copies what is shared with other readers.
func deepCopy(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = deepCopy(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = deepCopy(e)
		}
		return out
	}
	return v
}
