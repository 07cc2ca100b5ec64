// Command lines reads all files of a folder, as many at a time as there are processors, and counts their lines.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
)

func main() {
	files, err := os.ReadDir(os.Args[1])
	if err != nil {
		panic(err)
	}
	var next, lines atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				src, err := os.ReadFile(filepath.Join(os.Args[1], files[i].Name()))
				if err != nil {
					panic(err)
				}
				lines.Add(int64(bytes.Count(src, []byte{'\n'})))
			}
		})
	}
	wg.Wait()
	fmt.Println(lines.Load())
}
