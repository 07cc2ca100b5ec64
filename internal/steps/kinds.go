// Package steps holds the kinds of step, one file each, and the list of them.
// It declares the small interfaces that the kinds need; it does not wait, retry, redact or report.
package steps

import "gitea.coulomb.social/coulomb/wpctl/internal/check"

// Deps is what the kinds need of the outside. The zero value serves kinds that need nothing.
type Deps struct {
	Cluster   Cluster   // required by the kinds that look at a cluster
	Execer    Execer    // required by the kinds that run commands in one
	Forwarder Forwarder // required by the kinds that connect to a Service
	Changer   Changer   // required by the kinds that make objects in one
	Rights    Reviewer  // required by access
	Trials    Tryer     // required by dryrun
	Names     Namer     // required by k8s, where a step is made of what is seen
	Plans     Plans     // required by the kind workplan
	Hub       Hub       // required by the kind hub
}

// Kinds returns all kinds of step.
func Kinds(d Deps) []check.Kind {
	return []check.Kind{
		accessKind(d),
		dnsKind(),
		dryrunKind(d),
		eventsKind(d),
		execKind(d),
		fileKind(),
		gitKind(),
		helmKind(d),
		httpKind(d),
		hubKind(d),
		imageKind(d),
		jobKind(d),
		k8sKind(d),
		logsKind(d),
		manualKind(),
		packageKind(d),
		podKind(d),
		postgresKind(d),
		registryKind(d),
		rolloutKind(d),
		secretKind(d),
		secretsKind(),
		shKind(),
		sopsKind(),
		tcpKind(),
		tlsKind(),
		toolsKind(),
		workplanKind(d),
	}
}

// warn makes a remark that is shown with the step's findings.
func warn(at check.Site, format string, args ...any) {
	if at.Warn != nil {
		at.Warn(format, args...)
	}
}
