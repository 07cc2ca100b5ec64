package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

const (
	jobLogLines = 5000 // of its end
	jobLogBytes = 1 << 20
	lastLines   = 5 // that a failure tells
)

// wait waits for the end of the job's pod, or until it is clear that it will not run.
func (j jobs) wait(ctx context.Context, at check.Site, a jobArgs, made Object, w awaited) (Object, *trouble, error) {
	ns, name := objString(made, "metadata", "namespace"), objString(made, "metadata", "name")
	job := Query{APIVersion: "batch/v1", Kind: "Job", Namespace: ns, Name: name}
	own := Query{APIVersion: "v1", Kind: "Pod", Namespace: ns, Selector: "batch.kubernetes.io/job-name=" + name}
	wake, stop := watched(ctx, j.cluster, at, job, own)
	defer stop()
	deadline := time.Now().Add(startTime(ctx, a.Start))
	for {
		pods, err := j.cluster.Read(ctx, at.Cluster, own)
		if err != nil {
			return nil, nil, err
		}
		var bad *trouble
		if len(pods.Objects) > 0 {
			pod := inOrder(pods.Objects)
			if len(pod) == 0 {
				return nil, nil, errors.New("the job's pod was deleted by somebody while it ran")
			}
			switch objString(pod[0], "status", "phase") {
			case "Succeeded", "Failed":
				return pod[0], nil, nil
			case "Pending":
				_, bad = w.state(pod[0])
			default:
				deadline = time.Now().Add(time.Hour) // it has started in time
			}
			if bad != nil && (bad.final || time.Now().After(deadline)) {
				j.explain(ctx, at, pod[0], bad)
				return pod[0], bad, nil
			}
		}
		if time.Now().After(deadline) {
			bad = &trouble{saw: notInTime}
			j.explain(ctx, at, made, bad)
			return nil, bad, nil
		}
		if wake.wait(ctx, min(time.Second, max(time.Until(deadline), 10*time.Millisecond))); ctx.Err() != nil {
			return nil, nil, fmt.Errorf("the job did not end in time%s: %w", j.lastWord(ctx, at, own, w.name), ctx.Err())
		}
	}
}

// lastWord quotes what a job said last that is cut short.
func (j jobs) lastWord(ctx context.Context, at check.Site, own Query, container string) string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	seen, err := j.cluster.Read(ctx, at.Cluster, own)
	if err != nil || len(seen.Objects) == 0 {
		return ""
	}
	p := seen.Objects[0]
	lines, err := j.cluster.Logs(ctx, at.Cluster, LogQuery{Namespace: own.Namespace, Pod: objString(p, "metadata", "name"), Container: container, Tail: 1})
	if err != nil || len(lines) == 0 {
		return ""
	}
	return " (log " + Quote(strings.ToValidUTF8(lines[0], "�")) + ")"
}

// explain adds what an operator would look up, while the job is there.
func (j jobs) explain(ctx context.Context, at check.Site, o Object, t *trouble) {
	q := &inquiry{k: k8s{j.cluster}, at: at}
	if objString(o, "kind") == "Job" {
		q.events(ctx, o)
	} else if t.saw == notInTime {
		q.pod(ctx, o)
	}
	for _, line := range q.lines[:min(len(q.lines), maxWhy)] {
		(*joined)(&t.why).add(line)
	}
}

// judge compares the job's end with what is wanted.
func (j jobs) judge(ctx context.Context, at check.Site, a jobArgs, pod Object, container string, bad *trouble, took time.Duration) (check.Result, error) {
	self := jobSelf{Digest: imageDigest(pod), Duration: took}
	if bad != nil {
		return check.Result{Want: a.want(), Saw: bad.saw, Why: bad.why, Self: self}, nil
	}
	lines, err := j.cluster.Logs(ctx, at.Cluster, LogQuery{
		Namespace: objString(pod, "metadata", "namespace"), Pod: objString(pod, "metadata", "name"), Container: container, Tail: jobLogLines, Limit: jobLogBytes,
	})
	self.Log = strings.ToValidUTF8(strings.Join(lines, "\n"), "�")
	exit, saw := jobEnd(pod, container)
	self.Exit = exit
	if objString(pod, "status", "phase") == "Failed" {
		return check.Result{Want: a.want(), Saw: saw, Why: lastOf(pod, lines), Self: self}, nil
	}
	if err != nil {
		return check.Result{}, fmt.Errorf("the job completed, and its log cannot be read: %w", err)
	}
	if a.Log == nil {
		return check.Result{OK: true, Saw: saw, Self: self}, nil
	}
	whole := len(lines) < jobLogLines && len(self.Log) < jobLogBytes-1
	ms, sure := a.Log.checkPart("log", self.Log, whole)
	if !sure {
		return check.Result{}, errors.New("the job's log is longer than what is kept, and what is wanted of it may be there: let it write less")
	}
	return netVerdict(saw, ms, nil, self), nil
}

// jobEnd says how the job's pod ended. Where an init container failed, or the node ended it, that is it.
func jobEnd(pod Object, container string) (exit int, saw string) {
	for _, list := range []string{"containerStatuses", "initContainerStatuses"} {
		for _, c := range objList(pod, "status", list) {
			code, ended := objInt(c, "state", "terminated", "exitCode")
			if !ended || code == 0 && (objString(pod, "status", "phase") == "Failed" || objString(c, "name") != container) {
				continue
			}
			text := fmt.Sprintf("exit %d%s", code, parenthesis(objString(c, "state", "terminated", "reason")))
			if code == 0 {
				text = "exit 0"
			}
			if name := objString(c, "name"); name != container {
				text = "container " + name + ": " + text
			}
			if code == 128 { // what the runtime says in place of the program
				text += ": " + stableFor(pod, objString(c, "state", "terminated", "message"))
			}
			return int(code), strings.TrimSuffix(text, ": ")
		}
	}
	reason := objString(pod, "status", "reason")
	return 0, strings.Trim("the pod is "+objString(pod, "status", "phase")+": "+reason+": "+stableFor(pod, objString(pod, "status", "message")), ": ")
}

// maxLineShown is how much of a line of somebody else's is shown, in letters.
const maxLineShown = 512

// lastOf are the last lines of a log, for people.
func lastOf(pod Object, lines []string) []string {
	var out joined
	for _, line := range lines[max(0, len(lines)-lastLines):] {
		if line = stableFor(pod, strings.ToValidUTF8(line, "�")); line != "" {
			out.add("log: " + safe.Cut(masked(line), maxLineShown))
		}
	}
	return out
}
