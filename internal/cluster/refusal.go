package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// what names a request in errors: get secrets "web" in namespace "web".
type what struct {
	verb, resource, name, namespace string
	all                             bool // namespaces
}

func (w what) String() string {
	s := w.verb + " " + w.resource
	if w.name != "" {
		s += fmt.Sprintf(" %q", w.name)
	}
	switch {
	case w.namespace != "":
		s += fmt.Sprintf(" in namespace %q", w.namespace)
	case w.all:
		s += " in all namespaces"
	}
	return s
}

// refusal is an answer that is none of the 200s.
type refusal struct {
	code   int
	status metav1.Status
	text   string        // of a body that is no Status
	after  time.Duration // how long the server wants to be left alone
}

// refusalOf reads the error out of an answer: a *refusal, or why it could not be read. Half of one says nothing.
func refusalOf(resp *http.Response) error {
	r := &refusal{code: resp.StatusCode, after: retryAfter(resp.Header)}
	body, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return err
	}
	if json.Unmarshal(body, &r.status) != nil || r.status.Kind != "Status" {
		r.status, r.text = metav1.Status{}, string(body[:min(len(body), 200)])
	}
	return r
}

// longestAfter is the longest time that a server is left alone because it asks to be.
const longestAfter = time.Minute

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds <= 0 {
		return 0
	}
	return min(time.Duration(seconds)*time.Second, longestAfter)
}

// unserved tells whether an API server itself says that it has no such path; a page of something before it says
// nothing about the cluster.
func (r *refusal) unserved() bool {
	return r.code == http.StatusNotFound && (r.status.Kind == "Status" || strings.TrimSpace(r.text) == "404 page not found")
}

func (r *refusal) Error() string {
	text := r.status.Message
	if text == "" {
		text = r.text
	}
	s := fmt.Sprintf("%d %s", r.code, http.StatusText(r.code))
	if text = strings.Join(strings.Fields(text), " "); text != "" && !strings.EqualFold(text, http.StatusText(r.code)) {
		s += ": " + text
	}
	return s
}
