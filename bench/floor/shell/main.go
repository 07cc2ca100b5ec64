// Command shell runs `true` in shells, layer by layer as a graph has them, some at a time, and reads what they write.
//
//	shell TASKS LAYER NEEDS PARALLEL
//
// The tasks stand in layers of LAYER, and each needs NEEDS of the layer before; of one layer, none needs another.
package main

import (
	"os"
	"os/exec"
	"strconv"
	"sync"
)

func main() {
	tasks, layer, needs, parallel := arg(1), arg(2), arg(3), arg(4)
	missing, dependents := make([]int, tasks), make([][]int, tasks)
	ready := make(chan int, tasks)
	for i := range tasks {
		if i >= layer {
			missing[i] = needs
			for k := range needs {
				n := (i/layer-1)*layer + (i+k)%layer
				dependents[n] = append(dependents[n], i)
			}
		}
		if missing[i] == 0 {
			ready <- i
		}
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	left := tasks
	for range parallel {
		wg.Go(func() {
			for i := range ready {
				if _, err := exec.Command("/bin/sh", "-c", "true").Output(); err != nil {
					panic(err)
				}
				mu.Lock()
				for _, d := range dependents[i] {
					if missing[d]--; missing[d] == 0 {
						ready <- d
					}
				}
				if left--; left == 0 {
					close(ready)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func arg(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	if err != nil {
		panic(err)
	}
	return n
}
