package steps

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// What marks the objects that a look makes, so that a later run finds those that an earlier one left behind.
const (
	managedBy       = "app.kubernetes.io/managed-by"
	markPrefix      = "wpctl.coulomb.social/"
	disposableLabel = markPrefix + "disposable"
	runnerMark      = markPrefix + "runner"   // annotation: which process on which machine made it
	lifetimeMark    = markPrefix + "lifetime" // annotation: for how many seconds it may be in use
	stepMark        = markPrefix + "step"     // annotation: for people

	disposables = managedBy + "=wpctl," + disposableLabel + "=true"

	cleanupTime = 15 * time.Second // to delete what was made, also when the run has been cancelled
	spareTime   = 30 * time.Second // that a life is longer than its look
	longestLife = time.Hour
)

// disposable makes an object that lives no longer than a look.
type disposable struct {
	changer Changer
	cluster Cluster
	at      check.Site
}

// lifetime is how long what a look makes may be in use.
func lifetime(ctx context.Context) time.Duration {
	deadline, ok := ctx.Deadline()
	if !ok {
		return longestLife
	}
	return time.Until(deadline).Truncate(time.Second) + spareTime
}

// meta is the metadata of an object that a look makes.
func (d disposable) meta(namespace string, life time.Duration, labels, annotations map[string]string) map[string]any {
	all := map[string]any{}
	for k, v := range labels {
		all[k] = v
	}
	all[managedBy], all[disposableLabel] = "wpctl", "true"
	notes := map[string]any{}
	for k, v := range annotations {
		notes[k] = v
	}
	notes[runnerMark], notes[lifetimeMark], notes[stepMark] = thisProcess(), strconv.Itoa(int(life.Seconds())), cmpOr(d.at.Task, d.at.Plan)+" "+d.at.Step
	m := map[string]any{
		// generateName says to whoever reads the object that nobody chose the rest of its name.
		"name": "wpctl-" + strings.ToLower(rand.Text()[:10]), "generateName": "wpctl-", "labels": all, "annotations": notes,
	}
	if ns := cmpOr(namespace, d.at.Namespace); ns != "" {
		m["namespace"] = ns
	}
	return m
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// make makes o and sweeps its namespace. Remove deletes o again, however the look ends; it is never nil.
func (d disposable) make(ctx context.Context, o Object) (made Object, remove func(), err error) {
	made, err = d.changer.Create(ctx, d.at.Cluster, o)
	if err == nil {
		d.sweep(ctx, made)
		return made, func() { d.remove(ctx, made) }, nil
	}
	if _, refused := notAdmitted(o, err); refused || errors.Is(err, ErrForbidden) {
		return nil, func() {}, err
	}
	return nil, func() { d.remove(ctx, o) }, err // it may have been made all the same
}

// notAdmitted says why the cluster does not take o, where that is what err is.
func notAdmitted(o Object, err error) (text string, ok bool) {
	var refused *NotAdmitted
	if !errors.As(err, &refused) {
		return "", false
	}
	text = stableFor(o, refused.Text)
	if _, mistake, strict := strings.Cut(text, "strict decoding error: "); strict {
		text = mistake
	}
	return text, true
}

// remove deletes o, also when ctx has ended.
func (d disposable) remove(ctx context.Context, o Object) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTime)
	defer cancel()
	if err := d.changer.Delete(ctx, d.at.Cluster, o, true); err != nil && d.at.Warn != nil {
		d.at.Warn("%s in namespace %s could not be deleted: %s", objString(o, "kind")+"/"+objString(o, "metadata", "name"), objString(o, "metadata", "namespace"), err)
	}
}

// sweep deletes what earlier runs left behind of the kind and in the namespace of made, whose age tells the server's time.
func (d disposable) sweep(ctx context.Context, made Object) {
	now, err := time.Parse(time.RFC3339, created(made))
	if err != nil {
		return
	}
	seen, err := d.cluster.Read(ctx, d.at.Cluster, Query{
		APIVersion: objString(made, "apiVersion"), Kind: objString(made, "kind"), Namespace: objString(made, "metadata", "namespace"), Selector: disposables,
	})
	if err != nil {
		return // what cannot be listed is for others to sweep
	}
	for _, o := range seen.Objects {
		if objString(o, "metadata", "deletionTimestamp") == "" && stale(o, now) {
			d.remove(ctx, o)
		}
	}
}

// stale tells whether nobody uses an object any more: its time is over, or the process that made it was one of this
// machine and has ended.
func stale(o Object, now time.Time) bool {
	notes := objMap(o, "metadata", "annotations")
	if processEnded(objString(notes, runnerMark)) {
		return true
	}
	born, err := time.Parse(time.RFC3339, created(o))
	life, lifeErr := strconv.Atoi(objString(notes, lifetimeMark))
	return err == nil && lifeErr == nil && now.Sub(born) > time.Duration(life)*time.Second
}

// machine is a name for where process numbers mean the same as here; "" where that cannot be told.
var machine = sync.OnceValue(func() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, linkErr := os.Readlink("/proc/self/ns/pid")
	if err != nil || linkErr != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(string(boot) + space))
	return hex.EncodeToString(sum[:8])
})

// thisProcess names this process: MACHINE.PID.START.
var thisProcess = sync.OnceValue(func() string {
	return fmt.Sprintf("%s.%d.%s", machine(), os.Getpid(), processStart(strconv.Itoa(os.Getpid())))
})

// processStart is when a process of this machine began, in ticks since the machine did; "" where there is no such.
func processStart(pid string) string {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	if fields := strings.Fields(rest); len(fields) > 19 {
		return fields[19] // the 22nd of all, proc_pid_stat(5)
	}
	return ""
}

// processEnded tells whether a name is that of a process of this machine which has ended.
func processEnded(name string) bool {
	parts := strings.Split(name, ".")
	if len(parts) != 3 || parts[0] == "" || parts[0] != machine() || parts[2] == "" {
		return false
	}
	if _, err := strconv.Atoi(parts[1]); err != nil {
		return false
	}
	return processStart(parts[1]) != parts[2]
}

// disposableRules are the rights to make, watch, sweep and delete objects of a kind.
func disposableRules(apiVersion, kind, namespace string) check.Rule {
	return check.Rule{Verbs: []string{"create", "get", "list", "watch", "delete"}, APIVersion: apiVersion, Kind: kind, Namespace: namespace}
}

func copyMap(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}
