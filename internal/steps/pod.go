package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// podArgs are the fields of a pod step.
type podArgs struct {
	Namespace       string            `yaml:"namespace" doc:"the namespace; else the step's, else that of the kubeconfig's context"`
	Image           string            `yaml:"image" required:"true" doc:"the image; it is always pulled: one that a node keeps proves no pull"`
	Run             [][]check.Code    `yaml:"run" doc:"commands to run in the pod, one after the other, each a program and its arguments; each must end with exit code 0"`
	Stdout          *Text             `yaml:"stdout" doc:"what the output of all commands together must be"`
	Stderr          *Text             `yaml:"stderr" doc:"what their error output must be"`
	Start           time.Duration     `yaml:"start" doc:"how long the pod may take until it runs; one that does not is a finding then"`
	Entrypoint      string            `yaml:"entrypoint" enum:"keep|image" doc:"keep: the program sleep of the image keeps the pod; image: what the image itself starts, for images without a sleep and to see them start"`
	PullSecrets     *[]string         `yaml:"pullSecrets" doc:"the Secrets to pull with; [] is none, those of the service account included; without it those of the service account"`
	Labels          map[string]string `yaml:"labels" doc:"labels of the pod, such as those that a NetworkPolicy selects; it never becomes ready, so no Service sends it anything"`
	Annotations     map[string]string `yaml:"annotations" doc:"annotations of the pod"`
	ServiceAccount  string            `yaml:"serviceAccount" doc:"the service account, with its token; else the namespace's default one, without"`
	SecurityContext map[string]any    `yaml:"securityContext" doc:"of the container, as Kubernetes has it; fsGroup, fsGroupChangePolicy, supplementalGroups and sysctls go to the pod"`
	Env             map[string]string `yaml:"env" doc:"environment variables; here values of other steps may come in"`
	Resources       map[string]any    `yaml:"resources" doc:"requests and limits, as Kubernetes has them"`
	NodeSelector    map[string]string `yaml:"nodeSelector" doc:"labels of the nodes that it may run on"`
	Spec            map[string]any    `yaml:"spec" doc:"further fields of the pod's spec, such as tolerations"`
}

// podSelf is what a pod step saw.
type podSelf struct {
	Node    string        `json:"node" doc:"where it ran"`
	Digest  string        `json:"digest" doc:"the digest of the image that was pulled, such as sha256:…"`
	Started time.Duration `json:"started" doc:"how long it took until it ran"`
	Runs    []shSelf      `json:"runs" doc:"the commands that were run, as for exec"`
}

// pods makes disposable pods.
type pods struct {
	cluster Cluster
	execer  Execer
	changer Changer
}

const (
	podContainer = "main"
	noSecret     = "wpctl-no-pull-secret" // names a Secret that is not there, so that admission adds none
	settleTime   = 2 * time.Second        // that an image's own program must run
)

// podKind makes a pod, waits until it runs, runs commands in it, and deletes it.
//
// The pod is never attached to: its output would begin after its program did. What keeps it from running (no such
// image, no right to pull it, nowhere to run it, a program that ends) was seen, and is a finding; so is a pod that the
// cluster does not admit.
//
// The pod is deleted when the look is over, also when the run is cancelled. A run that is killed leaves it: the next
// run that makes a pod in the namespace deletes those of processes of its own machine that have ended, and those whose
// time is over; the cluster itself ends their programs when their time is over.
func podKind(d Deps) check.Kind {
	p := pods{d.Cluster, d.Execer, d.Changer}
	return check.Define(check.Spec[podArgs]{
		Name: "pod",
		Doc:  "Expect an image to be pulled and to start in a disposable pod, and commands in it to succeed.",
		Example: `pod: {namespace: web, image: "registry.example/web:1", labels: {role: smoke}, run: [["wget", "-qO-", "http://web.web:80/health/"]], pullSecrets: []}
within: 1m`,
		Default: podArgs{Start: time.Minute, Entrypoint: "keep"},
		Self:    podSelf{},
		Timeout: 3 * time.Minute,
		Caps:    []check.Capability{check.ClusterRead, check.ClusterWrite, check.RunsCode},
		Check:   podCheck,
		Target:  podArgs.target,
		Rules:   podRules,
		Look:    p.look,
	})
}

func (a podArgs) target() string { return a.Image }

func podRules(a podArgs) []check.Rule {
	rule := func(verb, kind, subresource string) check.Rule {
		return check.Rule{Verbs: []string{verb}, APIVersion: "v1", Kind: kind, Subresource: subresource, Namespace: a.Namespace}
	}
	out := []check.Rule{disposableRules("v1", "Pod", a.Namespace), rule("get", "Pod", "log"), rule("list", "Event", "")}
	if len(a.Run) > 0 {
		out = append(out, execRule(a.Namespace))
	}
	return out
}

func podCheck(a podArgs) []check.Problem {
	out := envProblems(a.Env)
	if strings.ContainsAny(a.Image, " \t\n") || strings.Contains(a.Image, "://") {
		out = append(out, problem(fmt.Sprintf("%q is no image", firstLine(a.Image)), "such as registry.example/web:1, without https://", "image"))
	}
	for i, c := range a.Run {
		out = append(out, commandProblems(c, "run", i)...)
	}
	if len(a.Run) == 0 && (a.Stdout != nil || a.Stderr != nil) {
		out = append(out, problem("there is no output without a command", "say with run what to run", "run"))
	}
	if a.Start == 0 {
		out = append(out, problem("a pod does not start in no time", "such as 1m", "start"))
	}
	for _, reserved := range []string{"containers", "imagePullSecrets", "restartPolicy", "serviceAccountName", "nodeSelector"} {
		if _, ok := a.Spec[reserved]; ok {
			out = append(out, problem(reserved+" is not for spec", "the step has fields for what it may say of it", "spec", reserved))
		}
	}
	return append(out, labelProblems(a.Labels)...)
}

// labelProblems tells of labels that Kubernetes does not take.
func labelProblems(labels map[string]string) (out []check.Problem) {
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		wrong := append(validation.IsQualifiedName(name), validation.IsValidLabelValue(labels[name])...)
		switch {
		case name == managedBy || strings.HasPrefix(name, markPrefix):
			out = append(out, problem(fmt.Sprintf("the label %s says that the object is wpctl's own", name), "leave it out", "labels", name))
		case len(wrong) > 0:
			out = append(out, problem("no label: "+firstSentence(wrong[0]), "", "labels", name))
		}
	}
	return out
}

func firstSentence(s string) string {
	s, _, _ = strings.Cut(s, " (e.g.")
	return s
}

func (p pods) look(ctx context.Context, at check.Site, a podArgs) (check.Result, error) {
	if p.cluster == nil || p.execer == nil || p.changer == nil {
		return check.Result{}, errNoCluster
	}
	d := disposable{p.changer, p.cluster, at}
	begun := time.Now()
	life := lifetime(ctx)
	o := a.pod(d.meta(a.Namespace, life, a.Labels, a.Annotations), life)
	made, remove, err := d.make(ctx, o)
	defer remove()
	if text, ok := notAdmitted(o, err); ok {
		return check.Result{Want: a.want(), Saw: "the cluster does not take the pod: " + text, Self: podSelf{Runs: []shSelf{}}}, nil
	}
	if err != nil {
		return check.Result{}, err
	}
	running, trouble, err := p.start(ctx, at, a, made)
	if err != nil {
		return check.Result{}, err
	}
	self := podSelf{Node: objString(running, "spec", "nodeName"), Digest: imageDigest(running), Started: time.Since(begun), Runs: []shSelf{}}
	if trouble != nil {
		return check.Result{Want: a.want(), Saw: trouble.saw, Why: trouble.why, Self: self}, nil
	}
	return p.run(ctx, at, a, running, self)
}

// want is what the step expects, in one line.
func (a podArgs) want() string {
	s := "a pod of " + a.Image + " that runs"
	for _, c := range a.Run {
		s += ", " + firstLine(joinCode(c)) + " to succeed"
	}
	return s
}

// pod is the pod that the step describes.
func (a podArgs) pod(meta map[string]any, life time.Duration) Object {
	inside := map[string]any{"name": podContainer, "image": a.Image, "imagePullPolicy": "Always"}
	if a.Entrypoint == "keep" {
		inside["command"] = []any{"sleep", strconv.Itoa(int(life.Seconds()))}
	}
	if len(a.Env) > 0 {
		inside["env"] = envList(a.Env)
	}
	if a.Resources != nil {
		inside["resources"] = a.Resources
	}
	spec := copyMap(a.Spec)
	container, whole := splitSecurityContext(a.SecurityContext)
	if container != nil {
		inside["securityContext"] = container
	}
	if whole != nil {
		spec["securityContext"] = whole
	}
	spec["containers"] = []any{inside}
	spec["restartPolicy"] = "Never"
	spec["terminationGracePeriodSeconds"] = 1
	spec["activeDeadlineSeconds"] = int(life.Seconds())
	spec["enableServiceLinks"] = false
	spec["readinessGates"] = []any{map[string]any{"conditionType": markPrefix + "never"}} // so that no Service sends it anything
	if a.ServiceAccount != "" {
		spec["serviceAccountName"] = a.ServiceAccount
	} else {
		spec["automountServiceAccountToken"] = false
	}
	if len(a.NodeSelector) > 0 {
		spec["nodeSelector"] = a.NodeSelector
	}
	if secrets := pullSecrets(a.PullSecrets); secrets != nil {
		spec["imagePullSecrets"] = secrets
	}
	return Object{"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}
}

// pullSecrets writes the Secrets to pull with. Where a pod names none, admission adds those of its service account:
// https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#add-imagepullsecrets-to-a-service-account
func pullSecrets(names *[]string) []any {
	if names == nil {
		return nil
	}
	var out []any
	for _, n := range *names {
		out = append(out, map[string]any{"name": n})
	}
	if out == nil {
		out = append(out, map[string]any{"name": noSecret})
	}
	return out
}

func envList(env map[string]string) []any {
	var out []any
	for _, name := range slices.Sorted(maps.Keys(env)) {
		out = append(out, map[string]any{"name": name, "value": env[name]})
	}
	return out
}

// splitSecurityContext gives a pod what only pods have, and a container the rest.
func splitSecurityContext(all map[string]any) (container, pod map[string]any) {
	for key, value := range all {
		to := &container
		if slices.Contains([]string{"fsGroup", "fsGroupChangePolicy", "supplementalGroups", "supplementalGroupsPolicy", "sysctls"}, key) {
			to = &pod
		}
		if *to == nil {
			*to = map[string]any{}
		}
		(*to)[key] = value
	}
	return container, pod
}

// imageDigest is the digest of the image that a pod's container was made of.
func imageDigest(p Object) string {
	for _, c := range objList(p, "status", "containerStatuses") {
		id := objString(c, "imageID")
		return id[strings.LastIndexAny(id, "@/")+1:]
	}
	return ""
}
