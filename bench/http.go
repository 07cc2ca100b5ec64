package main

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

const requests = 200

// http measures requests on loopback, to one host and to four, that answer at once or after 20 ms.
func (b *bench) http() error {
	at, err := serve(0)
	if err != nil {
		return err
	}
	defer at.close()
	slow, err := serve(20 * time.Millisecond)
	if err != nil {
		return err
	}
	defer slow.close()
	for _, c := range []struct {
		name    string
		tasks   int
		urls    []string
		atATime int
		limit   bound
	}{
		{"200 HTTP checks, 1 task, 1 host", 1, at.urls[:1], 16, bound{2, 15 * time.Millisecond}},
		{"200 HTTP checks, 200 tasks, 1 host", requests, at.urls[:1], 16, bound{2, 15 * time.Millisecond}},
		{"  1 task, 1 host, 20 ms each", 1, slow.urls[:1], 16, bound{plus: 200 * time.Millisecond}},
		{"  1 task, 4 hosts, 20 ms each", 1, slow.urls, 64, bound{plus: 200 * time.Millisecond}},
		{"  200 tasks, 4 hosts, 20 ms each", requests, slow.urls, 64, bound{}},
	} {
		dir := fmt.Sprintf("http%p", c.urls)
		path, err := b.file(dir, "plan.md", httpPlan(c.tasks, c.urls))
		if err != nil {
			return err
		}
		floor := append([]string{b.floor("http"), fmt.Sprint(requests), fmt.Sprint(c.atATime)}, c.urls...)
		m, err := b.turns(2*b.n, program{args: []string{b.wpctl, "run", path, "--no-write", "--quiet"}, dir: b.path(dir)}, program{args: floor})
		if err != nil {
			return err
		}
		b.add(c.name, m[0], &m[1], c.limit)
	}
	return nil
}

// httpPlan spreads the requests over tasks that need nothing of each other.
func httpPlan(tasks int, urls []string) []byte {
	return shortPlan("independent", tasks, func(int) string { return "" }, func(task int) string {
		var out strings.Builder
		for i := task; i < requests; i += tasks {
			fmt.Fprintf(&out, "- http: {url: %q, status: 200}\n", fmt.Sprintf("%s%d", urls[i%len(urls)], i))
		}
		return out.String()
	})
}

// servers are the same server on four addresses of loopback.
type servers struct {
	urls []string
	all  []*http.Server
}

func serve(latency time.Duration) (*servers, error) {
	s := &servers{}
	for i := 1; i <= 4; i++ {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.%d:0", i))
		if err != nil {
			s.close()
			return nil, err
		}
		srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(latency)
			fmt.Fprintln(w, "ok")
		})}
		s.urls, s.all = append(s.urls, fmt.Sprintf("http://%s/", l.Addr())), append(s.all, srv)
		go func() { _ = srv.Serve(l) }()
	}
	return s, nil
}

func (s *servers) close() {
	for _, srv := range s.all {
		_ = srv.Close()
	}
}
