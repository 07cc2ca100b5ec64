package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

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
	text   string // of a body that is no Status
}

// refusalOf reads the error out of an answer.
func refusalOf(resp *http.Response) *refusal {
	r := &refusal{code: resp.StatusCode}
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(body, &r.status) != nil || r.status.Kind != "Status" {
		r.status, r.text = metav1.Status{}, string(body[:min(len(body), 200)])
	}
	return r
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
