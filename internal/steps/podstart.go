package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const notInTime = "the pod does not run in time"

// awaited is a container that is waited for.
type awaited struct {
	name    string
	image   string
	kept    bool // by a sleep in place of its own program
	secrets *[]string
}

// trouble is what keeps a pod from running.
type trouble struct {
	saw   string
	why   []string
	final bool // waiting does not mend it
	bare  bool // the image has nothing that could keep the pod
}

// start waits until the pod runs, or until it is clear that it will not.
func (p pods) start(ctx context.Context, at check.Site, a podArgs, made Object) (Object, *trouble, error) {
	q := Query{APIVersion: "v1", Kind: "Pod", Namespace: objString(made, "metadata", "namespace"), Name: objString(made, "metadata", "name")}
	wake, stop := watched(ctx, p.cluster, at, q)
	defer stop()
	w := awaited{podContainer, a.Image, a.Entrypoint == "keep", a.PullSecrets}
	deadline := time.Now().Add(startTime(ctx, a.Start))
	var since time.Time // when it was first seen to run
	for {
		seen, err := p.cluster.Read(ctx, at.Cluster, q)
		if err != nil {
			return nil, nil, err
		}
		if len(seen.Objects) == 0 {
			return nil, nil, errors.New("the pod was deleted by somebody while it was waited for")
		}
		pod := seen.Objects[0]
		runs, bad := w.state(pod)
		if runs && since.IsZero() {
			since = time.Now()
		}
		next := time.Second
		switch {
		case runs && (a.Entrypoint == "keep" || time.Since(since) >= settleTime):
			return pod, nil, nil
		case runs:
			next = settleTime - time.Since(since)
		case bad != nil && (bad.final || time.Now().After(deadline)):
			p.explain(ctx, at, pod, bad)
			return pod, bad, nil
		case time.Now().After(deadline):
			bad = &trouble{saw: notInTime}
			p.explain(ctx, at, pod, bad)
			return pod, bad, nil
		}
		if wake.wait(ctx, min(next, max(time.Until(deadline), 10*time.Millisecond))); ctx.Err() != nil {
			return nil, nil, fmt.Errorf("the pod did not run yet: %w", ctx.Err())
		}
	}
}

// startTime leaves a look the time to say what is wrong.
func startTime(ctx context.Context, wanted time.Duration) time.Duration {
	if deadline, ok := ctx.Deadline(); ok {
		return min(wanted, time.Until(deadline)*8/10)
	}
	return wanted
}

// state tells whether the pod runs, and else what is in its way.
func (w awaited) state(pod Object) (runs bool, t *trouble) {
	if c := findCondition(pod, "PodScheduled"); objString(c, "status") == "False" {
		return false, &trouble{saw: "the pod is not scheduled: " + unscheduled(pod, c)}
	}
	for _, c := range objList(pod, "status", "containerStatuses") {
		if objString(c, "name") == w.name {
			return w.containerState(pod, c)
		}
	}
	if phase := objString(pod, "status", "phase"); phase == "Failed" || phase == "Succeeded" {
		text := strings.Trim(objString(pod, "status", "reason")+": "+stableFor(pod, objString(pod, "status", "message")), ": ")
		return false, &trouble{saw: "the node does not take the pod: " + text, final: true}
	}
	return false, nil
}

func (w awaited) containerState(pod Object, c any) (runs bool, t *trouble) {
	if objAt(c, "state", "running") != nil {
		return true, nil
	}
	if ended := objMap(c, "state", "terminated"); ended != nil {
		return false, w.ended(pod, ended)
	}
	reason, message := objString(c, "state", "waiting", "reason"), stableFor(pod, objString(c, "state", "waiting", "message"))
	message, _, _ = strings.Cut(message, " (pod: ") // the kubelet's name for it
	switch reason {
	case "", "ContainerCreating", "PodInitializing":
		return false, nil
	case "ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "SignatureValidationFailed":
		return false, w.pullTrouble(message)
	case "InvalidImageName", "ErrImageNeverPull", "ImageInspectError":
		return false, &trouble{saw: "the image cannot be used: " + reason + ": " + message, final: true}
	case "RunContainerError":
		if t := w.startTrouble(message); t != nil {
			return false, t
		}
	}
	return false, &trouble{saw: strings.TrimSuffix("the container does not start: "+reason+": "+message, ": "), final: reason == "CreateContainerConfigError"}
}

// ended says how the container's program ended.
func (w awaited) ended(pod Object, ended map[string]any) *trouble {
	if t := w.startTrouble(stableFor(pod, objString(ended, "message"))); t != nil {
		return t
	}
	code, _ := objInt(ended, "exitCode")
	text := fmt.Sprintf("the container starts and exits with code %d%s", code, parenthesis(objString(ended, "reason")))
	if code == 0 {
		return &trouble{saw: "the container starts and exits with code 0", why: []string{"what the image starts ends by itself: a job step waits for its end"}, final: true}
	}
	return &trouble{saw: text, final: true}
}

// startTrouble is a program that is not in the image; nil where the runtime says something else.
func (w awaited) startTrouble(message string) *trouble {
	text := strings.ToLower(message)
	if !strings.Contains(text, "executable file") && !(strings.Contains(text, "exec") && strings.Contains(text, "no such file")) {
		return nil
	}
	if w.kept {
		return &trouble{
			saw:   "the image is pulled, and has no program sleep that would keep the pod",
			why:   []string{"it is distroless: entrypoint: image starts the image's own program instead"},
			final: true,
			bare:  true,
		}
	}
	return &trouble{saw: "the image's program cannot be started: " + message, final: true}
}

// pullTrouble sorts the words of registries and runtimes for a pull that fails.
func (w awaited) pullTrouble(message string) *trouble {
	text := strings.ToLower(message)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	t := &trouble{saw: "the image cannot be pulled: " + pullText(message)}
	switch {
	case has("does not exist or may require authorization"):
		t.saw, t.final = "the image cannot be pulled: there is no such repository, or the registry wants credentials", true
		t.why = append(t.why, w.secretsUsed())
	case has("unauthorized", "401", "authentication required", "no basic auth", "403", "forbidden", "access denied", "access is denied", "insufficient_scope", "authorization failed"):
		t.saw, t.final = "the image cannot be pulled: the registry wants credentials", true
		t.why = append(t.why, w.secretsUsed())
	case has("not found", "manifest unknown", "manifest_unknown", "name unknown", "name_unknown", "no such manifest", "does not exist"):
		t.saw, t.final = "the image cannot be pulled: there is no "+w.image, true
	case has("no matching manifest", "no match for platform"):
		t.saw, t.final = "the image cannot be pulled: it is not made for the platform of the node", true
	case has("no such host", "server misbehaving"):
		t.saw = "the image cannot be pulled: the node does not find the registry's name"
	case has("no route to host", "network is unreachable"):
		t.saw = "the image cannot be pulled: there is no way from the node to the registry"
	case has("connection refused"):
		t.saw = "the image cannot be pulled: the registry refuses the connection"
	case has("x509", "certificate"):
		t.saw = "the image cannot be pulled: the node does not trust the registry's certificate"
	case has("http response to https client"):
		t.saw = "the image cannot be pulled: the registry speaks plain HTTP, and the node wants TLS"
	case has("timeout", "deadline exceeded"):
		t.saw = "the image cannot be pulled: the registry does not answer in time"
	}
	return t
}

// pullText shortens an error to its cause: a pull names the image again and again.
func pullText(message string) string {
	for _, mark := range []string{"failed to resolve reference ", "failed to pull and unpack image ", "desc = "} {
		if _, rest, ok := strings.Cut(message, mark); ok {
			if _, cause, ok := strings.Cut(rest, ": "); ok {
				return cause
			}
			return rest
		}
	}
	return message
}

func (w awaited) secretsUsed() string {
	switch {
	case w.secrets == nil:
		return "it was pulled with the pull Secrets of the service account, if it has any"
	case len(*w.secrets) == 0:
		return "it was pulled without a pull Secret: the image is not public"
	}
	return "it was pulled with " + strings.Join(*w.secrets, ", ")
}

// explain adds what an operator would look up, while the pod is there: the last lines of its log, and the rest where
// nothing else is known.
func (p pods) explain(ctx context.Context, at check.Site, pod Object, t *trouble) {
	q := &inquiry{k: k8s{p.cluster}, at: at}
	q.pod(ctx, pod)
	for _, line := range q.lines {
		if t.saw == notInTime || strings.HasPrefix(line, "log of ") {
			(*joined)(&t.why).add(line)
		}
	}
	t.why = t.why[:min(len(t.why), maxWhy)]
}
