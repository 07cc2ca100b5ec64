// Package steps holds the kinds of step, one file each, and the list of them.
// It declares the small interfaces that the kinds need; it does not wait, retry, redact or report.
package steps

import "gitea.coulomb.social/coulomb/wpctl/internal/check"

// Deps is what the kinds need of the outside. The zero value serves kinds that need nothing.
type Deps struct {
	Cluster Cluster // required by the kinds that look at a cluster
	Execer  Execer  // required by the kinds that run commands in one
	Changer Changer // required by the kinds that make objects in one
}

// Kinds returns all kinds of step.
func Kinds(d Deps) []check.Kind {
	return []check.Kind{
		dnsKind(),
		eventsKind(d),
		execKind(d),
		fileKind(),
		httpKind(),
		jobKind(d),
		k8sKind(d),
		logsKind(d),
		manualKind(),
		podKind(d),
		shKind(),
		tcpKind(),
		tlsKind(),
	}
}
