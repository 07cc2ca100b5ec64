package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

var status = command{
	name:  "status",
	args:  "[flags]",
	short: "Tell whether a cluster is up, and where it is.",
	help:  `The exit code is 0 if it is up and whole, and 1 if not.`,
	run: func(_ context.Context, c *call) error {
		name := nameFlag(c.flags)
		output := c.flags.String("o", "text", "`format`: text or json")
		if err := c.parse(0); err != nil {
			return err
		}
		if *output != "text" && *output != "json" {
			return usageError{fmt.Errorf("no format %q: use text or json", *output)}
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		state, err := cluster.Read(dir)
		if err != nil {
			return err
		}
		r := newReport(*name, dir, state)
		if *output == "json" {
			err = r.json()
		} else {
			r.text()
		}
		if err == nil && !r.Up {
			err = exitError(1)
		}
		return err
	},
}

// report is what sandbox status tells.
type report struct {
	Name       string            `json:"name"`
	Up         bool              `json:"up"`
	Problem    string            `json:"problem"` // why it is not up, if it should be
	Server     string            `json:"server"`
	Version    string            `json:"version"`
	Kubeconfig string            `json:"kubeconfig"`
	Logs       string            `json:"logs"`
	Uptime     int               `json:"uptimeSeconds"`
	Supervisor int               `json:"supervisorPid"`
	Programs   []cluster.Program `json:"programs"`
	Node       *cluster.RealNode `json:"node,omitempty"`
}

func newReport(name string, dir cluster.Dir, state cluster.State) report {
	r := report{Name: name, Programs: []cluster.Program{}}
	if state.Name == "" {
		return r
	}
	r.Up, r.Server, r.Version = state.Up(), state.Server, state.Version
	r.Kubeconfig, r.Logs = dir.Kubeconfig(), dir.Logs()
	r.Supervisor, r.Programs = state.Owner.PID, append(r.Programs, state.Programs...)
	r.Node = state.Node
	if r.Up {
		r.Uptime = int(time.Since(state.Started).Seconds())
	} else {
		r.Problem = problem(dir, state)
	}
	return r
}

func problem(dir cluster.Dir, state cluster.State) string {
	switch dead := state.Dead(); {
	case state.Error != "":
		return state.Error
	case state.Ended == "" && !state.Owner.Alive():
		return "supervisor ended, see " + dir.Log("supervisor")
	case dead != "":
		return dead + " ended, see " + dir.Log(dead)
	default:
		return "still starting"
	}
}

func (r report) json() error {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (r report) text() {
	if !r.Up {
		if r.Problem != "" {
			fmt.Printf("sandbox %s is not up: %s\n", r.Name, r.Problem)
			return
		}
		fmt.Printf("sandbox %s is not up\n", r.Name)
		return
	}
	fmt.Printf("sandbox %s is up for %s\n", r.Name, time.Duration(r.Uptime)*time.Second)
	fmt.Printf("  server      %s (%s)\n", r.Server, r.Version)
	fmt.Printf("  kubeconfig  %s\n", r.Kubeconfig)
	if r.Node != nil {
		fmt.Printf("  node        %s, in a network of its own: sandbox exec --name %s -- COMMAND\n", r.Node.Name, r.Name)
		fmt.Printf("  registries  %s for everybody, %s for user %s with password %s\n", r.Node.Registry, r.Node.PrivateRegistry, r.Node.User, r.Node.Password)
	}
	fmt.Printf("  logs        %s\n", r.Logs)
	fmt.Printf("  processes   supervisor %d", r.Supervisor)
	for _, p := range r.Programs {
		fmt.Printf(", %s %d", p.Name, p.PID)
	}
	fmt.Println()
}
