package prose

import (
	"maps"
	"slices"
)

// maxReached bounds how many nodes are searched for one answer, where only a search can tell.
const maxReached = 1000

// reaches tells whether a leads to b, by way of the nearest maxReached nodes.
func reaches(needs map[string][]string, a, b string) bool {
	seen := map[string]bool{a: true}
	for todo := []string{a}; len(todo) > 0 && len(seen) <= maxReached; todo = todo[1:] {
		for _, n := range needs[todo[0]] {
			if n == b {
				return true
			}
			if !seen[n] {
				seen[n] = true
				todo = append(todo, n)
			}
		}
	}
	return false
}

// reach answers many times which node leads to which by needs that stay as they are. Most answers are those of numbers
// that a walk in depth has given: what is below a node in the walk's forest is reached, and what lies outside of the
// span of all that is reached is not, as GRAIL has it (Yıldırım, Chaoji and Zaki, VLDB 2010). Only in between, and
// where needs go round in circles, nodes are searched. It is for one goroutine.
type reach struct {
	number  map[string]int
	needs   [][]int
	begin   []int // when the walk came to a node
	end     []int // when it left it
	low     []int // the least end of all that it reaches
	circles bool

	seen  []int // in which search a node was seen last
	count int   // of searches
	todo  []int
}

func newReach(needs map[string][]string) *reach {
	r := &reach{number: map[string]int{}}
	for _, from := range slices.Sorted(maps.Keys(needs)) {
		n := r.of(from)
		for _, id := range needs[from] {
			r.needs[n] = append(r.needs[n], r.of(id))
		}
	}
	r.walk()
	return r
}

// of is the number of an id, which is new where there is none.
func (r *reach) of(id string) int {
	n, ok := r.number[id]
	if !ok {
		n = len(r.needs)
		r.number[id] = n
		r.needs = append(r.needs, nil)
	}
	return n
}

func (r *reach) walk() {
	size := len(r.needs)
	all := make([]int, 4*size)
	r.begin, r.end, r.low, r.seen = all[:size], all[size:2*size], all[2*size:3*size], all[3*size:]
	next := make([]int, size) // the need that is walked next
	begun, ended := 0, 0
	for root := range size {
		if r.begin[root] > 0 {
			continue
		}
		stack := []int{root}
		begun++
		r.begin[root] = begun
		for len(stack) > 0 {
			n := stack[len(stack)-1]
			if next[n] == len(r.needs[n]) {
				ended++
				r.end[n] = ended
				if r.low[n] == 0 {
					r.low[n] = ended
				}
				stack = stack[:len(stack)-1]
				if len(stack) > 0 {
					r.reached(stack[len(stack)-1], n)
				}
				continue
			}
			to := r.needs[n][next[n]]
			next[n]++
			switch {
			case r.begin[to] == 0:
				begun++
				r.begin[to] = begun
				stack = append(stack, to)
			case r.end[to] == 0:
				r.circles = true
			default:
				r.reached(n, to)
			}
		}
	}
}

// reached notes that a node leads to all that another one does.
func (r *reach) reached(from, to int) {
	if r.low[from] == 0 || r.low[to] < r.low[from] {
		r.low[from] = r.low[to]
	}
}

// leads tells whether a leads to another node b.
func (r *reach) leads(a, b string) bool {
	from, ok := r.number[a]
	to, there := r.number[b]
	if !ok || !there || from == to {
		return false
	}
	r.count++
	r.todo = append(r.todo[:0], from)
	r.seen[from] = r.count
	for searched := 0; len(r.todo) > 0 && (!r.circles || searched < maxReached); searched++ {
		n := r.todo[len(r.todo)-1]
		r.todo = r.todo[:len(r.todo)-1]
		if r.begin[n] <= r.begin[to] && r.end[to] <= r.end[n] {
			return true
		}
		if !r.circles && (r.low[to] < r.low[n] || r.end[n] < r.end[to]) {
			continue
		}
		for _, next := range r.needs[n] {
			if r.seen[next] != r.count {
				r.seen[next] = r.count
				r.todo = append(r.todo, next)
			}
		}
	}
	return false
}
