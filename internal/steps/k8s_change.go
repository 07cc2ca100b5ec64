package steps

import "context"

// Changer makes and deletes objects.
// Its methods take the name that a cluster has in the plan, "" for the default one, and may be called at once.
type Changer interface {
	// Create makes an object and returns it as the server has it. Without a namespace it goes into that of the
	// kubeconfig's context. One that the server does not want is a *NotAdmitted.
	// After any other error it may have been made.
	Create(ctx context.Context, cluster string, o Object) (Object, error)

	// Delete deletes the object of that kind, namespace and name, where o has one of that uid, and all that it owns;
	// atOnce: without letting it end by itself. One that is not there is no error.
	Delete(ctx context.Context, cluster string, o Object, atOnce bool) error
}

// NotAdmitted is the error of an object that the server does not take: it is invalid, or against a policy.
type NotAdmitted struct{ Text string }

func (n *NotAdmitted) Error() string { return "not admitted: " + n.Text }
