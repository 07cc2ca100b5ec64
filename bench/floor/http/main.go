// Command http sends GET requests to some hosts in turn, a number of them at a time, and expects 200 of each.
//
//	http REQUESTS AT_A_TIME URL…
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	requests, atATime, urls := arg(1), arg(2), os.Args[3:]
	client := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atATime}}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range atATime {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < requests; i = int(next.Add(1) - 1) {
				r, err := client.Get(fmt.Sprintf("%s%d", urls[i%len(urls)], i))
				if err != nil {
					panic(err)
				}
				if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
					panic(fmt.Sprint(r.Status, err))
				}
				r.Body.Close()
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
