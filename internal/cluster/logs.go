package cluster

import (
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

const maxLog = 64 << 10 // bytes

// Logs returns the last lines of a container's log. See steps.Cluster.
func (cs *Clusters) Logs(ctx context.Context, cluster string, q steps.LogQuery) ([]string, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, err
	}
	if err := segments(q.Namespace, q.Pod); err != nil {
		return nil, err
	}
	r := request{
		path:   "/api/v1/namespaces/" + q.Namespace + "/pods/" + q.Pod + "/log",
		accept: "text/plain, */*",
		params: url.Values{
			"container": {q.Container}, "tailLines": {strconv.Itoa(q.Tail)},
			"previous": {strconv.FormatBool(q.Previous)}, "limitBytes": {strconv.Itoa(maxLog)},
		},
		what: what{verb: "get", resource: "pods/log", name: q.Pod, namespace: q.Namespace},
	}
	var text []byte
	err = c.do(ctx, r.what, func(ctx context.Context) error {
		body, err := c.open(ctx, r)
		if err != nil {
			return err
		}
		defer body.Close()
		text, err = io.ReadAll(io.LimitReader(body, maxLog))
		return err
	})
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines, nil
}
