package steps

import "context"

// Tryer is what dryrun needs of Kubernetes clusters. Its methods may be called at once; see Cluster for what their
// errors mean.
type Tryer interface {
	// Try asks the server what it would say to an object, by server-side apply with strict validation, or by creating
	// it where it has no name. Nothing is stored. What the server rejects is in the answer; an error says that it
	// could not be found out. A kind that the server does not have is a *NoKind.
	Try(ctx context.Context, cluster string, t Trial) (Verdict, error)
}

// Trial is an object that the server is to judge.
type Trial struct {
	Object    Object
	Default   string // the namespace of an object that says none; "" for that of the kubeconfig's context
	Namespace string // where to try it instead of its own namespace; then it is created under a name of its own
}

// Verdict is what the server says to an object.
type Verdict struct {
	Namespace   string // where it belongs; "" for kinds without namespaces
	NoNamespace bool   // that is not there, so that only fields and types were looked at
	Rejected    []Rejection
	Warnings    []string
}

// Rejection is one thing that the server does not accept.
type Rejection struct {
	Path    string // the field, as the server names it; "" where it is about the whole object
	At      []any  // where that is in the object: keys, and indices as numbers; nil where it is not known
	Message string
}
