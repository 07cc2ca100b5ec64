package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// Place is which cluster a name means.
type Place struct {
	Context   string // of the kubeconfig; "" for the cluster that this program runs in, or for flags only
	Server    string // URL
	Namespace string // of objects that say none
	Named     bool   // the plan, the configuration or --context said which; not just the current context
}

// String names the place as errors do.
func (p Place) String() string {
	if p.Context == "" {
		return p.Server
	}
	return fmt.Sprintf("%s (context %q)", p.Server, p.Context)
}

// Resolve tells which cluster a name means, without asking it anything. The name "" means --context, else the
// configured default, else the kubeconfig's current context. Another name is one of the configuration, else a
// context of the kubeconfig.
func (cs *Clusters) Resolve(name string) (Place, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	f, ok := cs.found[name]
	if !ok {
		f.place, _, f.err = cs.find(name)
		cs.found[name] = f
	}
	return f.place, f.err
}

// found is what a name was found to mean.
type found struct {
	place Place
	err   error
}

func (cs *Clusters) find(name string) (_ Place, _ *rest.Config, err error) {
	defer func() {
		if err != nil {
			err = &check.Lasting{Err: cs.withMissing(err)}
		}
	}()
	raw, err := cs.config()
	if err != nil {
		return Place{}, nil, fmt.Errorf("load kubeconfig: %s", oneLine(err))
	}
	context, named, err := cs.contextOf(name, raw)
	if err != nil {
		return Place{}, nil, err
	}
	loader := cs.loader(context, raw)
	cfg, err := loader.ClientConfig()
	if err != nil {
		return Place{}, nil, cs.unusable(context, raw, err)
	}
	ns, _, err := loader.Namespace()
	if err != nil {
		return Place{}, nil, cs.unusable(context, raw, err)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	cfg.UserAgent = cs.opts.UserAgent
	return Place{Context: context, Server: withoutPassword(cfg.Host), Namespace: ns, Named: named}, cfg, nil
}

func withoutPassword(server string) string {
	if u, err := url.Parse(server); err == nil && u.User != nil {
		return u.Redacted()
	}
	return server
}

// contextOf returns the kubeconfig context that a cluster's name stands for, and whether somebody chose it.
func (cs *Clusters) contextOf(name string, raw clientcmdapi.Config) (context string, named bool, err error) {
	if name == "" {
		if context = cs.opts.Overrides.CurrentContext; context != "" {
			return context, true, known(context, raw)
		}
		if name = cs.opts.Default; name == "" {
			return raw.CurrentContext, false, nil
		}
	}
	if context, ok := cs.opts.Contexts[name]; ok {
		return context, true, known(context, raw)
	}
	if _, ok := raw.Contexts[name]; ok {
		return name, true, nil
	}
	names := slices.Sorted(maps.Keys(cs.opts.Contexts))
	names = append(names, slices.Sorted(maps.Keys(raw.Contexts))...)
	return "", false, lacking(fmt.Sprintf("no cluster %q in the configuration, and no such context in the kubeconfig", name), name, names)
}

func known(context string, raw clientcmdapi.Config) error {
	if _, ok := raw.Contexts[context]; ok {
		return nil
	}
	return lacking(fmt.Sprintf("no context %q in the kubeconfig", context), context, slices.Sorted(maps.Keys(raw.Contexts)))
}

func lacking(message, name string, names []string) error {
	if hint := diag.DidYouMean(name, names); hint != "" {
		return errors.New(message + "; " + hint)
	}
	if len(names) > 0 && len(names) <= 5 {
		if len(names) == 1 {
			return errors.New(message + "; there is only " + names[0])
		}
		return errors.New(message + "; there are " + strings.Join(names, ", "))
	}
	return errors.New(message)
}

// loader returns the configuration of a context. Flags that choose a server, a user or credentials hold for the
// default cluster only: a token that was given for one must not be sent to others.
func (cs *Clusters) loader(context string, raw clientcmdapi.Config) clientcmd.ClientConfig {
	o := *cs.opts.Overrides
	if main, _, err := cs.contextOf("", raw); err != nil || main != context {
		o = clientcmd.ConfigOverrides{Timeout: o.Timeout}
	}
	o.CurrentContext = context
	o.ClusterDefaults = clientcmdapi.Cluster{} // no localhost:8080 where nothing was said
	if context == "" && len(raw.Contexts) == 0 {
		return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(cs.opts.Rules, &o) // knows the cluster it runs in
	}
	return clientcmd.NewNonInteractiveClientConfig(raw, context, &o, cs.opts.Rules)
}

// unusable words clientcmd's errors for people who do not know clientcmd.
func (cs *Clusters) unusable(context string, raw clientcmdapi.Config, err error) error {
	switch {
	case context == "" && len(raw.Contexts) == 0 && clientcmd.IsEmptyConfig(err):
		return fmt.Errorf("no kubeconfig: %s; give --kubeconfig or set KUBECONFIG", cs.nowhere())
	case context == "" && len(raw.Contexts) > 0:
		return lacking("the kubeconfig has no current context; give --context", "", slices.Sorted(maps.Keys(raw.Contexts)))
	}
	if c := raw.Contexts[context]; c != nil && raw.Clusters[c.Cluster] == nil {
		return fmt.Errorf("context %q of the kubeconfig: cluster %q does not exist", context, c.Cluster)
	}
	return fmt.Errorf("context %q of the kubeconfig: %s", context, strings.TrimPrefix(oneLine(err), "invalid configuration: "))
}

// withMissing adds the files that KUBECONFIG names and that are not there: what was looked for may be in them.
func (cs *Clusters) withMissing(err error) error {
	if !cs.fromEnvironment() {
		return err
	}
	var missing []string
	for _, path := range cs.opts.Rules.Precedence {
		if _, fault := os.Stat(path); path != "" && errors.Is(fault, fs.ErrNotExist) && !strings.Contains(err.Error(), path+", which KUBECONFIG") {
			missing = append(missing, path)
		}
	}
	switch len(missing) {
	case 0:
		return err
	case 1:
		return fmt.Errorf("%w; %s, which KUBECONFIG names, does not exist", err, missing[0])
	}
	return fmt.Errorf("%w; %s, which KUBECONFIG names, do not exist", err, strings.Join(missing, ", "))
}

// nowhere says of the files that were searched that they name no cluster.
func (cs *Clusters) nowhere() string {
	files := cs.searched()
	if len(files) != 1 {
		return "none of " + strings.Join(files, ", ") + " names a cluster"
	}
	switch _, err := os.Stat(files[0]); {
	case !errors.Is(err, fs.ErrNotExist):
		return files[0] + " names no cluster"
	case cs.fromEnvironment():
		return files[0] + ", which KUBECONFIG names, does not exist"
	}
	return files[0] + " does not exist"
}

// fromEnvironment tells whether KUBECONFIG says which files are searched.
func (cs *Clusters) fromEnvironment() bool {
	return cs.opts.Rules.WarnIfAllMissing && cs.opts.Rules.ExplicitPath == ""
}

func (cs *Clusters) searched() []string {
	if p := cs.opts.Rules.ExplicitPath; p != "" {
		return []string{p}
	}
	return cs.opts.Rules.Precedence
}
