package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/relay"
)

// Vantage is a place inside a cluster that a step looks from: a pod of a Deployment, or a disposable one of an image.
type Vantage struct {
	Deployment string
	Namespace  string // "": the step's, else that of the kubeconfig's context
	Image      string // of a disposable pod; then Deployment is ""
	Labels     map[string]string
}

// String is what findings call it.
func (v Vantage) String() string {
	if v.Image != "" {
		return "a pod of " + v.Image
	}
	return "deployment " + v.Deployment
}

// Caps are what looking from there needs. What runs in a Deployment's container is our own program; a disposable pod
// runs what the plan names.
func (v Vantage) Caps() []check.Capability {
	if v.Image != "" {
		return []check.Capability{check.ClusterRead, check.ClusterWrite, check.RunsCode}
	}
	return []check.Capability{check.ClusterRead, check.ClusterWrite}
}

// Rules are the rights in the cluster that looking from there uses.
func (v Vantage) Rules() []check.Rule {
	if v.Image != "" {
		return append(podRules(podArgs{Namespace: v.Namespace}), execRule(v.Namespace))
	}
	return append(v.ref().rules(), execRule(v.Namespace))
}

func (v Vantage) ref() PodRef {
	return PodRef{Kind: "Deployment", Namespace: v.Namespace, Name: v.Deployment}
}

// Check finds mistakes that need no cluster.
func (v Vantage) Check() []check.Problem {
	if v.Image == "" {
		return v.ref().check()
	}
	return podCheck(podArgs{Image: v.Image, Labels: v.Labels, Start: time.Minute})
}

// Inside makes looks from inside clusters. Steps that look from the same place share it, disposable pods too.
// Its methods may be called at once. Close it when no look goes on any more.
type Inside struct {
	deps Deps

	mu     sync.Mutex
	places map[string]*place
	warned []string
}

// NewInside returns an Inside that uses the cluster of d.
func NewInside(d Deps) *Inside { return &Inside{deps: d, places: map[string]*place{}} }

// Site lets looks at a site be made from v. It touches nothing yet.
func (i *Inside) Site(at check.Site, v Vantage) check.Site {
	i.mu.Lock()
	defer i.mu.Unlock()
	key := fmt.Sprintf("%q %q %q", at.Cluster, at.Namespace, fmt.Sprint(v.Deployment, "\n", v.Namespace, "\n", v.Image, "\n", v.Labels))
	p := i.places[key]
	if p == nil {
		own := at
		own.Warn = i.warn
		p = &place{deps: i.deps, at: own, vantage: v, turn: make(chan struct{}, 1)}
		i.places[key] = p
	}
	at.Enter, at.Dial, at.ReadFile = p.enter, p.dial, p.readFile
	return at
}

// warn keeps what goes wrong with what is shared between steps.
func (i *Inside) warn(format string, args ...any) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.warned = append(i.warned, fmt.Sprintf(format, args...))
}

// Close ends all connections and deletes the disposable pods. It returns what went wrong with them.
func (i *Inside) Close() []string {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	places := i.places
	i.places = map[string]*place{}
	i.mu.Unlock()
	var wg sync.WaitGroup
	for _, p := range places {
		wg.Go(p.leave)
	}
	wg.Wait()
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.warned
}

// place is a Vantage of one cluster with the container that is used for it.
type place struct {
	deps    Deps
	at      check.Site
	vantage Vantage
	turn    chan struct{} // whoever chooses the pod holds it

	mu     sync.Mutex
	relay  *relay.Relay
	old    []*relay.Relay // of pods that are not used any more
	pod    string
	remove func() // deletes a disposable pod; nil: there is none
	failed error  // why there will be no pod; nil: it may be tried
}

// enter makes sure that there is a container to connect from.
func (p *place) enter(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return p.fault(ctx.Err())
	}
	p.mu.Lock()
	failed := p.failed
	p.mu.Unlock()
	if failed != nil {
		return failed
	}
	if p.deps.Cluster == nil || p.deps.Execer == nil {
		return errNoCluster
	}
	pod, err := p.choose(ctx)
	if err != nil {
		return p.fault(err)
	}
	if name := objString(pod, "metadata", "namespace") + "/" + objString(pod, "metadata", "name"); name != p.pod {
		r, err := p.find(ctx, pod)
		if err != nil {
			return p.fault(err)
		}
		p.mu.Lock()
		if p.relay != nil {
			p.old = append(p.old, p.relay)
		}
		p.relay, p.pod = r, name
		p.mu.Unlock()
	}
	return nil
}

// fault says from where it could not be looked. What waiting does not mend stays so for the run.
func (p *place) fault(err error) error {
	err = fmt.Errorf("cannot look from %s: %w", p.vantage, err)
	var lasting *check.Lasting
	if errors.As(err, &lasting) {
		p.mu.Lock()
		p.failed = err
		p.mu.Unlock()
	}
	return err
}

// find looks for a container of the pod from which connections can be made; they all share the pod's network.
func (p *place) find(ctx context.Context, pod Object) (*relay.Relay, error) {
	var none *relay.NoTool
	var firstErr error
	for _, name := range runningContainers(pod) {
		r, err := relay.Find(ctx, p.exec(pod, name))
		if err == nil {
			return r, nil
		}
		if firstErr == nil {
			firstErr = err
		}
		if !errors.As(err, &none) {
			return nil, err
		}
	}
	if firstErr == nil {
		return nil, &check.Transient{Err: errors.New(strings.TrimSuffix("its pod does not run: "+idle(pod), ": "))}
	}
	what := "of the pod"
	if p.vantage.Image != "" {
		what = "of the image"
	}
	return nil, &check.Lasting{Err: fmt.Errorf("no container %s can connect: %w; look from a pod with an image that has one: from: {pod: {namespace, image}}", what, firstErr)}
}

// runningContainers are the names of a pod's running containers, its default one first.
func runningContainers(pod Object) (names []string) {
	first := defaultContainer(pod)
	for _, c := range objList(pod, "status", "containerStatuses") {
		name := objString(c, "name")
		switch {
		case objAt(c, "state", "running") == nil:
		case name == first:
			names = append([]string{name}, names...)
		default:
			names = append(names, name)
		}
	}
	return names
}

// exec runs commands in a container.
func (p *place) exec(pod Object, container string) relay.Exec {
	namespace, name := objString(pod, "metadata", "namespace"), objString(pod, "metadata", "name")
	return func(ctx context.Context, c relay.Command) (int, error) {
		exit, err := p.deps.Execer.Exec(ctx, p.at.Cluster, Command{
			Namespace: namespace, Pod: name, Container: container, Args: c.Args, Stdin: c.Stdin, Stdout: c.Stdout, Stderr: c.Stderr,
		})
		switch {
		case errors.Is(err, ErrNoProgram):
			err = fmt.Errorf("%w: %w", relay.ErrNoProgram, err)
		case errors.Is(err, ErrNotRunning):
			err = &check.Transient{Err: err} // another pod may be there
		}
		return exit, err
	}
}

// choose returns the pod to look from.
func (p *place) choose(ctx context.Context) (Object, error) {
	if p.vantage.Image != "" {
		return p.disposable(ctx)
	}
	pods, err := p.vantage.ref().Find(ctx, p.deps.Cluster, p.at)
	if err != nil {
		return nil, err
	}
	if len(pods.List) == 0 {
		return nil, errors.New(p.vantage.ref().missing(pods))
	}
	for _, pod := range pods.List {
		if p.uses(pod) && len(runningContainers(pod)) > 0 {
			return pod, nil
		}
	}
	return pods.List[0], nil
}

func (p *place) uses(pod Object) bool {
	return p.pod != "" && p.pod == objString(pod, "metadata", "namespace")+"/"+objString(pod, "metadata", "name")
}

// insideLife is how long a disposable pod may be used; after that another one is made.
const insideLife = time.Hour

// disposable returns the disposable pod, which it makes where there is none that runs.
func (p *place) disposable(ctx context.Context) (Object, error) {
	if p.deps.Changer == nil {
		return nil, errNoCluster
	}
	pods := pods{p.deps.Cluster, p.deps.Execer, p.deps.Changer}
	if p.remove != nil {
		namespace, name, _ := strings.Cut(p.pod, "/")
		seen, err := p.deps.Cluster.Read(ctx, p.at.Cluster, Query{APIVersion: "v1", Kind: "Pod", Namespace: namespace, Name: name})
		if err != nil {
			return nil, err
		}
		for _, pod := range seen.Objects {
			if len(runningContainers(pod)) > 0 && objString(pod, "metadata", "deletionTimestamp") == "" {
				return pod, nil
			}
		}
		p.discard()
	}
	a := podArgs{Namespace: p.vantage.Namespace, Image: p.vantage.Image, Labels: p.vantage.Labels, Entrypoint: "keep", Start: time.Minute}
	d := disposable{p.deps.Changer, p.deps.Cluster, p.at}
	o := a.pod(d.meta(a.Namespace, insideLife, a.Labels, nil), insideLife)
	made, remove, err := d.make(ctx, o)
	if text, refused := notAdmitted(o, err); refused {
		return nil, &check.Lasting{Err: errors.New("the cluster does not take the pod: " + text)}
	}
	if err != nil {
		remove()
		return nil, err
	}
	pod, trouble, err := pods.start(ctx, p.at, a, made)
	switch {
	case err != nil:
		remove()
		return nil, err
	case trouble != nil:
		remove()
		err = errors.New(strings.Join(append([]string{trouble.saw}, trouble.why...), "; "))
		if trouble.bare {
			err = errors.New("the image is pulled, and has no program sleep that would keep the pod: name an image with a shell")
		}
		if trouble.final {
			err = &check.Lasting{Err: err}
		}
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove = remove
	return pod, nil
}

// discard deletes the disposable pod.
func (p *place) discard() {
	p.mu.Lock()
	remove := p.remove
	p.remove = nil
	p.mu.Unlock()
	if remove != nil {
		remove()
	}
}

func (p *place) current() *relay.Relay {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.relay
}

func (p *place) dial(ctx context.Context, network, address string) (net.Conn, error) {
	r := p.current()
	if r == nil {
		return nil, &relay.Fault{Err: p.fault(errors.New("there is no pod yet"))}
	}
	conn, err := r.DialContext(ctx, network, address)
	return conn, p.dialFault(err)
}

func (p *place) readFile(ctx context.Context, name string) ([]byte, error) {
	r := p.current()
	if r == nil {
		return nil, p.fault(errors.New("there is no pod yet"))
	}
	text, err := r.ReadFile(ctx, name)
	return text, p.dialFault(err)
}

// dialFault says from where it could not be looked, where an error is about that.
func (p *place) dialFault(err error) error {
	var fault *relay.Fault
	if errors.As(err, &fault) {
		return &relay.Fault{Err: fmt.Errorf("cannot look from %s: %w", p.vantage, fault.Err)}
	}
	return err
}

// leave ends the connections and deletes the disposable pod.
func (p *place) leave() {
	p.mu.Lock()
	all := p.old
	if p.relay != nil {
		all = append(all, p.relay)
	}
	p.mu.Unlock()
	for _, r := range all {
		r.Close()
	}
	p.discard()
}
