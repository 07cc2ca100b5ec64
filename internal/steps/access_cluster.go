package steps

import "context"

// Reviewer is what access needs of Kubernetes clusters. Its methods may be called at once; see Cluster for what
// their errors mean.
type Reviewer interface {
	// Resource returns the resource that a plan names as PLURAL[/SUBRESOURCE][.GROUP]. One that the server does not
	// have is a *NoResource.
	Resource(ctx context.Context, cluster, name string) (APIResource, error)

	// Review asks the server whether somebody may do something.
	Review(ctx context.Context, cluster string, q Review) (Ruling, error)

	// ContextNamespace is the namespace of those that say none.
	ContextNamespace(cluster string) (string, error)
}

// APIResource is a resource as a server serves it.
type APIResource struct {
	Group, Plural, Subresource string
	Namespaced                 bool
	Verbs                      []string
	Version, Kind              string   // of the version that the server prefers
	Names                      []string // that it goes by beside Plural: its singular, its short names
}

// Review is a question about rights: about a resource, or about a path of the API where Path is set.
type Review struct {
	User   string // "": whoever asks
	Groups []string

	Verb        string
	Group       string // of the API
	Resource    string
	Subresource string
	Namespace   string // "": all of them, or none for resources without
	Name        string // "": all of them
	Path        string
}

// Ruling is the answer to a Review.
type Ruling struct {
	Allowed bool
	Reason  string // as the server words it
	Error   string // what the server could not evaluate; then a no is none
}

// NoResource is the error of a resource that the server does not have.
type NoResource struct {
	Resource string
	Hint     string
}

func (e *NoResource) Error() string {
	s := "the server has no resource " + e.Resource
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}
