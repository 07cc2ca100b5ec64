package cluster_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"
	"k8s.io/client-go/tools/clientcmd"

	"gitea.coulomb.social/coulomb/wpctl/internal/cluster"
	"gitea.coulomb.social/coulomb/wpctl/internal/cluster/clustertest"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func TestMain(m *testing.M) {
	cluster.SetLogger(nil)
	goleak.VerifyTestMain(m, append(testsrv.IdleConnections(), lateHeartbeat)...)
}

// lateHeartbeat is client-go's, which notices only with its next beat, some seconds later, that its connection has ended.
var lateHeartbeat = goleak.IgnoreTopFunction("k8s.io/client-go/tools/remotecommand.(*heartbeat).start")

// open returns the clusters of a kubeconfig, with a cache of their own.
func open(t testing.TB, kubeconfig string, change ...func(*cluster.Options)) *cluster.Clusters {
	t.Helper()
	o := cluster.Options{
		Rules:     &clientcmd.ClientConfigLoadingRules{ExplicitPath: kubeconfig},
		Overrides: &clientcmd.ConfigOverrides{},
		CacheDir:  t.TempDir(),
	}
	for _, f := range change {
		f(&o)
	}
	cs := cluster.New(o)
	t.Cleanup(cs.Close)
	return cs
}

func timeout(d string) func(*cluster.Options) {
	return func(o *cluster.Options) { o.Overrides.Timeout = d }
}

// real returns the test cluster.
func real(t testing.TB) *cluster.Clusters { return open(t, clustertest.Kubeconfig(t)) }

func configMap(ns, name string) steps.Query {
	return steps.Query{APIVersion: "v1", Kind: "ConfigMap", Namespace: ns, Name: name}
}

// read reads from the default cluster, within a bound.
func read(t testing.TB, cs *cluster.Clusters, q steps.Query) (steps.Seen, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return cs.Read(ctx, "", q)
}

func leaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before, lateHeartbeat) })
}
