package steps

import (
	"context"
	"fmt"
	"time"
)

// Cluster is what the kinds need of Kubernetes clusters.
// Its methods take the name that a cluster has in the plan, "" for the default one, and may be called at once.
//
// An error says that it could not be found out; an object that is not there is no error. Where looking again may
// help it is a check.Transient, where credentials are wanting a check.Unauthenticated.
type Cluster interface {
	// Read returns what q asks for. A read never gets an answer that was begun before Read was called.
	// A kind that the server does not have is a *NoKind.
	Read(ctx context.Context, cluster string, q Query) (Seen, error)

	// Watch returns a channel that receives when something that one of the queries asks for may have changed,
	// until ctx ends. Nil, where the server or its policy allows no watch.
	// What changes after Watch returned is told.
	Watch(ctx context.Context, cluster string, qs ...Query) (<-chan struct{}, error)

	// Logs returns lines of a container's log, in order. A container that has not started has none.
	Logs(ctx context.Context, cluster string, q LogQuery) ([]string, error)
}

// Query names an object, or a set of them where Name is empty.
type Query struct {
	APIVersion, Kind string
	Namespace        string // "": Default, else the namespace of the kubeconfig's context
	Default          string // the namespace of those that say none; not used for kinds without namespaces
	AllNamespaces    bool
	Name             string
	Selector         string // of labels
	Fields           string // a field selector
	MetadataOnly     bool   // of a set, the metadata of its objects and nothing else: of Secrets no value leaves the server
}

// Object is a Kubernetes object as JSON has it, whole numbers as int64, without its managed fields.
// It is shared between readers and must not be changed.
type Object = map[string]any

// Seen is what a read saw.
type Seen struct {
	Objects    []Object // the set, by namespace and name; or the one object, or none
	Namespaced bool     // the kind lives in namespaces
	Namespace  string   // the namespace that was looked in; "" for none or all
	Warnings   []string // what the server says about the use of its API
	// Time is the server's, by its own clock, when it began to answer; zero where it did not say.
	Time time.Time
}

// LogQuery names a container's log.
type LogQuery struct {
	Namespace, Pod, Container string
	Previous                  bool          // of the container before the present one
	Tail                      int           // the last lines; 0: all
	Since                     time.Duration // what was written in that time; 0: all
	Limit                     int           // of bytes, from the first line that is asked for; 0: 64 KiB
}

// NoKind is the error of a read of a kind that the server does not have.
type NoKind struct {
	APIVersion, Kind string
	Hint             string // `did you mean "Deployment"?`, or ""
}

func (e *NoKind) Error() string {
	s := fmt.Sprintf("the server has no kind %s in %s", e.Kind, e.APIVersion)
	if e.Hint != "" {
		return s + "; " + e.Hint
	}
	return s + "; is the CRD installed?"
}

// NotAllowed is the error of what the cluster does not let this user do.
type NotAllowed struct{ Text string }

func (e *NotAllowed) Error() string { return e.Text }
