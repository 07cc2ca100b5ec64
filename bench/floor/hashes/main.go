// Command hashes reads all files of a folder, as many at a time as there are processors, and takes their SHA-256.
package main

import (
	"crypto/sha256"
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
	var next, bytes atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(files)); i = next.Add(1) - 1 {
				src, err := os.ReadFile(filepath.Join(os.Args[1], files[i].Name()))
				if err != nil {
					panic(err)
				}
				sum := sha256.Sum256(src)
				bytes.Add(int64(len(src)) + int64(sum[0]))
			}
		})
	}
	wg.Wait()
	fmt.Println(bytes.Load())
}
