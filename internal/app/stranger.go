package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	gopath "path"
	"slices"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// strangers are the kinds that are looked at for a plan that is not trusted: they keep to public addresses and to files
// of the repository. A kind that is new is none of them until it does.
var strangers = []string{"file", "http", "manual", "tcp", "tls"}

// harmless is what those may do.
var harmless = []check.Capability{check.Network, check.ReadsFiles, check.AsksPeople}

// Distrust takes the plans for a stranger's, such as those of a pull request from a fork: nothing is granted, whoever
// granted it, and only kinds are looked at that reach neither the cluster, the environment and credentials, nor files
// outside the repository and addresses that are not public.
// Run are the kinds that the user lets run for strangers, in so many words; of them sh alone is run, and confined.
// It returns the globs of plans that are not followed, as they lead out of the repository.
func (a *App) Distrust(run ...string) (left []string) {
	a.Untrusted = true
	a.Config.Repos = nil // their plans are read for needs
	a.Config.Grants = config.Grants{Run: append([]string{}, run...), Env: []string{}, Credentials: map[string][]string{}}.Narrow(a.Config.Limit)
	return a.Config.KeepWithin(a.Config.Root)
}

// confinable is the kind that runs code and can be confined, see steps.
const confinable = "sh"

// strange says why a step is not looked at for a stranger.
func (j *job) strange(s *runner.Step, caps []check.Capability) error {
	deny := func(format string, args ...any) error {
		return &check.Denied{Reason: fmt.Sprintf(format, args...) + ", and this plan is not trusted"}
	}
	confined := s.Kind.Of() == confinable && runs(j.Config.Grants, s)
	for _, c := range caps {
		if !slices.Contains(harmless, c) && !(confined && c == check.RunsCode) {
			return deny("what it does is not for strangers (%s)", c)
		}
	}
	_, dir, err := j.checkout(s)
	switch {
	case !slices.Contains(strangers, s.Kind.Of()) && !confined:
		return deny("the kind %s is not for strangers", s.Kind.Name)
	case s.Effect:
		return deny("it changes something")
	case s.From != nil:
		return deny("it looks from inside the cluster")
	case err != nil || dir != j.Config.Root:
		return deny("it looks at another checkout")
	}
	return nil
}

// onlyOwn leaves out what is no file of the repository, where the plans are a stranger's: mistakes in a file are told
// with words of it.
func (a *App) onlyOwn(files []string, s *Seen) (out []string) {
	if !a.Untrusted {
		return files
	}
	for _, f := range files {
		if a.Config.Own(f) {
			out = append(out, f)
			continue
		}
		a.cannot(s, f, errors.New("it is no file of the repository, and its plans are not trusted"))
	}
	return out
}

// tracked returns what tells the files of the repository and their folders, for plans of strangers; nil knows none.
func (a *App) tracked(ctx context.Context) func(string) bool {
	if !a.Untrusted || !a.Config.Git {
		return nil
	}
	names, err := a.git(ctx, "ls-files", "-z", "--full-name")
	if err != nil {
		a.Logger.Warn("find the files of the repository", "error", err)
		return nil
	}
	known := map[string]bool{}
	for name := range bytes.SplitSeq(names, []byte{0}) {
		for path := string(name); path != "." && !known[path]; path = gopath.Dir(path) {
			known[path] = true
		}
	}
	return func(path string) bool { return known[path] }
}

// reachable judges an address; tests let some of loopback through.
var reachable = policy.Public

// dialPublic connects to public addresses alone. An address is judged when it is connected to, so that no name, no
// redirect and no second answer of a resolver leads elsewhere.
func dialPublic(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{Timeout: time.Minute, Control: onlyPublic} // a dial that outlives its look ends, too
	return d.DialContext(ctx, network, address)
}

// onlyPublic is the Control of a net.Dialer that connects to public addresses alone.
func onlyPublic(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return &check.Denied{Reason: fmt.Sprintf("%q is no address, and this plan is not trusted", address)}
	}
	return reachable(to.Addr())
}
