package disk

import "fmt"

// Fault is the error of a file that could not be read or written: what the system said, or what is in the way.
type Fault struct {
	Op   string // such as read
	Name string // as the caller gave it
	Err  error
}

func (f *Fault) Error() string { return fmt.Sprintf("%s %q: %v", f.Op, f.Name, f.Err) }

// Unwrap returns what is in the way.
func (f *Fault) Unwrap() error { return f.Err }
