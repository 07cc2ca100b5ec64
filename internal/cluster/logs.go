package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

const maxLog = 64 << 10 // bytes

// Logs returns lines of a container's log. See steps.Cluster.
func (cs *Clusters) Logs(ctx context.Context, cluster string, q steps.LogQuery) ([]string, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, err
	}
	if err := segments(q.Namespace, q.Pod); err != nil {
		return nil, err
	}
	r := logRequest(q)
	limit := cmp.Or(q.Limit, maxLog)
	var text []byte
	err = c.do(ctx, r.what, func(ctx context.Context) error {
		body, err := c.open(ctx, r)
		if err != nil {
			return err
		}
		defer body.Close()
		text, err = io.ReadAll(io.LimitReader(body, int64(limit)))
		return err
	})
	var refused *refusal
	if errors.As(err, &refused) && refused.code == http.StatusBadRequest && strings.Contains(refused.status.Message, "is waiting to start") {
		return nil, nil
	}
	if errors.Is(err, errAbsent) {
		return nil, fmt.Errorf("%s: the pod is gone", r.what)
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		lines = append(lines, strings.TrimRight(line, "\r\n"))
	}
	return lines, nil
}

func logRequest(q steps.LogQuery) request {
	params := url.Values{
		"container": {q.Container}, "previous": {strconv.FormatBool(q.Previous)}, "limitBytes": {strconv.Itoa(cmp.Or(q.Limit, maxLog))},
	}
	if q.Tail > 0 {
		params.Set("tailLines", strconv.Itoa(q.Tail))
	}
	if q.Since > 0 {
		params.Set("sinceSeconds", strconv.Itoa(int(math.Ceil(q.Since.Seconds()))))
	}
	return request{
		path:   "/api/v1/namespaces/" + q.Namespace + "/pods/" + q.Pod + "/log",
		accept: "text/plain, */*", params: params,
		what: what{verb: "get", resource: "pods/log", name: q.Pod, namespace: q.Namespace},
	}
}
