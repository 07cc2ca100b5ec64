package steps

import (
	"context"
	"errors"
	"io"
)

// Execer runs commands in the containers of pods.
// Its methods take the name that a cluster has in the plan, "" for the default one, and may be called at once.
type Execer interface {
	// Exec runs a command and returns its exit code when it has ended and all of its output is written.
	//
	// When ctx ends the connection is closed and Exec returns. Not every runtime ends the command then: one that
	// neither reads nor writes may go on. A Write that has begun is waited for, none begins after Exec has returned;
	// a Read of Stdin that has not come back by then is left behind, and its caller must end it.
	//
	// An error says that there is no exit code. It is ErrNotRunning, ErrNoProgram or ErrForbidden where the server
	// says so, and ErrLost where the connection went away before the command's end was told; else it is one of
	// those that Cluster's methods return.
	Exec(ctx context.Context, cluster string, c Command) (exit int, err error)
}

// Command is what is run in a container.
type Command struct {
	Namespace, Pod, Container string // Container "": the pod's default one
	Args                      []string
	Stdin                     io.Reader // nil: nothing to read. Its end is the command's end of input
	Stdout, Stderr            io.Writer // nil: thrown away
}

// What becomes of a command besides ending, found with errors.Is.
var (
	ErrNotRunning = errors.New("the container is not running")  // or its pod is not there
	ErrNoProgram  = errors.New("the program cannot be started") // it is not in the container, or may not be run
	ErrForbidden  = errors.New("not allowed")                   // by the cluster
	ErrLost       = errors.New("the connection to it was lost") // whether the command has ended is not known
)
