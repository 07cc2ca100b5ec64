// Command image reads images of one repository, a number of them at a time: a token once, then each tag's manifest
// with its digest, and each configuration that is new.
//
//	image REQUESTS AT_A_TIME TOKEN_URL REPOSITORY_URL TAG…
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
)

func main() {
	requests, atATime, tokens, repository, tags := arg(1), arg(2), os.Args[3], os.Args[4], os.Args[5:]
	r := &reader{client: http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atATime}}}
	var token struct{ Token string }
	must(json.Unmarshal(r.get(tokens), &token))
	r.token = token.Token
	var configs sync.Map
	var next atomic.Int64
	var wg sync.WaitGroup
	for range atATime {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < requests; i = int(next.Add(1) - 1) {
				text := r.get(repository + "/manifests/" + tags[i%len(tags)])
				sum := sha256.Sum256(text)
				if hex.EncodeToString(sum[:]) == "" {
					panic("no digest")
				}
				var manifest struct{ Config struct{ Digest string } }
				must(json.Unmarshal(text, &manifest))
				if _, known := configs.LoadOrStore(manifest.Config.Digest, true); !known {
					var config struct{ Config struct{ User string } }
					must(json.Unmarshal(r.get(repository+"/blobs/"+manifest.Config.Digest), &config))
				}
			}
		})
	}
	wg.Wait()
}

type reader struct {
	client http.Client
	token  string
}

func (r *reader) get(url string) []byte {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	must(err)
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	resp, err := r.client.Do(req)
	must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(err)
	if resp.StatusCode != http.StatusOK {
		panic(fmt.Sprint(url, " ", resp.Status))
	}
	return text
}

func arg(i int) int {
	n, err := strconv.Atoi(os.Args[i])
	must(err)
	return n
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
