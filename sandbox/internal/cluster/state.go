package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Dir is the directory of a cluster: its state, its logs, its keys and its data.
type Dir string

// Kubeconfig is the file with the address and the credentials of an administrator.
func (d Dir) Kubeconfig() string { return d.join("kubeconfig") }

// Logs is the directory with a log for each program.
func (d Dir) Logs() string { return d.join("logs") }

// Log is the log of one program.
func (d Dir) Log(program string) string { return filepath.Join(d.Logs(), program+".log") }

func (d Dir) join(elements ...string) string {
	return filepath.Join(append([]string{string(d)}, elements...)...)
}

// State is what others can know about a cluster. Its owner writes it.
type State struct {
	Name     string    `json:"name"`
	Server   string    `json:"server"`
	Version  string    `json:"version"`
	Started  time.Time `json:"started"`
	Ready    bool      `json:"ready"`
	Error    string    `json:"error"` // why it did not start
	Ended    string    `json:"ended"` // the program that ended by itself
	Owner    Process   `json:"owner"` // runs the programs, and ends them when it ends
	Programs []Program `json:"programs"`
	Node     *RealNode `json:"node,omitempty"` // nil without one
}

// Program is one of the processes that make a cluster.
type Program struct {
	Name string `json:"name"`
	Process
}

// Read returns the state of the cluster in a directory; there may be none, or not yet: then it is the zero state.
func Read(d Dir) (State, error) {
	var s State
	b, err := os.ReadFile(d.join("state.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(b, &s); err != nil {
		return s, fmt.Errorf("read %q: %w", d.join("state.json"), err)
	}
	return s, nil
}

// Up tells whether the cluster is ready and whole.
func (s State) Up() bool { return s.Ready && s.Ended == "" && s.Owner.Alive() && s.Dead() == "" }

// Dead returns the name of a program that does not run any more, if there is one.
func (s State) Dead() string {
	if s.Ended != "" {
		return s.Ended
	}
	for _, p := range s.Programs {
		if !p.Alive() {
			return p.Name
		}
	}
	return ""
}

// write replaces the state at once, so that a reader never sees half of it.
func (s State) write(d Dir) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	aside := d.join("state.json.new")
	if err := os.WriteFile(aside, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(aside, d.join("state.json"))
}
