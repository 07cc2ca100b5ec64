// Package drawing draws what waits for what: as SVG, for mermaid, and for graphviz.
// It knows boxes, frames and arrows, and nothing of plans; it reads and writes no files.
package drawing

import "gitea.coulomb.social/coulomb/wpctl/internal/safe"

// Graph is what is drawn: frames with boxes, and arrows between boxes of any frames.
type Graph struct {
	Clusters []Cluster
	Edges    []Edge
}

// Cluster is a frame with its boxes.
type Cluster struct {
	ID      string
	Title   string
	Status  string // a word
	Outside bool   // not what was asked for, but needed by it
	Nodes   []Node
}

// Node is a box.
type Node struct {
	ID     string // unique in the graph
	Short  string // what it is called within its cluster
	Title  string
	Kind   Kind
	State  State
	Status string // the word that is shown; "" is the state's own
	Why    string // of the state, a few words
	Link   string // where a click on it leads, in Inline; the caller vouches for it
}

// Edge is an arrow from what comes first to what comes after it.
// An edge with an end that is no node is not drawn.
type Edge struct {
	From, To string
	Gates    bool // To waits for From; else it only comes after it
}

// Kind is what a node is; it decides the shape.
type Kind string

// The kinds of node.
const (
	Task     Kind = "task"
	Decision Kind = "decision"
	Plan     Kind = "plan" // a plan as a whole
)

// State is how a node stands; it decides the colour and the sign.
type State string

// The states of a node.
const (
	Ready     State = "ready"
	Started   State = "started"
	Queued    State = "queued" // it only comes after another one that is open
	Blocked   State = "blocked"
	Waiting   State = "waiting" // for a person
	Inactive  State = "inactive"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Unknown   State = "unknown"
)

// States are all of them, in the order of the legend.
var States = []State{Done, Started, Ready, Queued, Waiting, Blocked, Failed, Inactive, Cancelled, Unknown}

// Open tells whether there is something left to do.
func (s State) Open() bool { return s != Done && s != Cancelled && s != Inactive }

// maxText is how many runes of a text are kept: it is there to be read.
const maxText = 300

// line makes a text from outside fit for one line, and no longer than maxText.
func line(s string) string {
	if len(s) > 8*maxText {
		s = s[:8*maxText]
	}
	return safe.Cut(safe.Line(s), maxText)
}

// Word is what a node's state is called.
func (n Node) Word() string {
	if n.Status != "" {
		return n.Status
	}
	return string(n.State)
}

// index is a graph with numbers instead of ids.
type index struct {
	Graph
	nodes   []Node
	cluster []int // of each node
	edges   []link
	out     [][]int // node → its edges; see outgoingOf
	band    []int   // of each node: those of a band stand above those of the next
}

// link is an edge between two nodes.
type link struct {
	from, to int
	gates    bool
	back     bool // it closes a cycle
	critical bool
}

// indexed numbers the nodes. Of edges between the same two nodes one is kept, that which gates.
func indexed(g Graph) *index {
	x := &index{Graph: g}
	byID := map[string]int{}
	for c, cluster := range g.Clusters {
		for _, n := range cluster.Nodes {
			if _, twice := byID[n.ID]; twice {
				continue
			}
			byID[n.ID] = len(x.nodes)
			x.nodes, x.cluster = append(x.nodes, n), append(x.cluster, c)
		}
	}
	known := map[[2]int]int{}
	for _, e := range g.Edges {
		from, ok := byID[e.From]
		to, found := byID[e.To]
		if !ok || !found {
			continue
		}
		if at, twice := known[[2]int{from, to}]; twice {
			x.edges[at].gates = x.edges[at].gates || e.Gates
			continue
		}
		known[[2]int{from, to}] = len(x.edges)
		x.edges = append(x.edges, link{from: from, to: to, gates: e.Gates})
	}
	x.band = make([]int, len(x.nodes))
	x.findBack()
	x.findCritical()
	return x
}

// findBack marks the edges without which there is no cycle, by a search in depth from the first node on.
func (x *index) findBack() {
	out := x.outgoing()
	type visit struct{ node, next int }
	const fresh, open, closed = 0, 1, 2
	color := make([]int, len(x.nodes))
	for root := range x.nodes {
		if color[root] != fresh {
			continue
		}
		color[root] = open
		for stack := []visit{{root, 0}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if top.next == len(out[top.node]) {
				color[top.node] = closed
				stack = stack[:len(stack)-1]
				continue
			}
			e := &x.edges[out[top.node][top.next]]
			top.next++
			switch color[e.to] {
			case open:
				e.back = true
			case fresh:
				color[e.to] = open
				stack = append(stack, visit{e.to, 0})
			}
		}
	}
}

// outgoing returns the numbers of the edges that leave each node.
func (x *index) outgoing() [][]int {
	out := make([][]int, len(x.nodes))
	for i, e := range x.edges {
		out[e.from] = append(out[e.from], i)
	}
	return out
}
