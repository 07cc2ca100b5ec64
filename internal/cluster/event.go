package cluster

import (
	"encoding/json"
	"io"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/apimachinery/pkg/labels"
)

// event is one line of a watch.
type event struct {
	Type   string          `json:"type"`
	Object json.RawMessage `json:"object"`
}

// changedObject is what wakes of an object.
type changedObject struct {
	Metadata struct {
		Namespace       string     `json:"namespace"`
		Name            string     `json:"name"`
		ResourceVersion string     `json:"resourceVersion"`
		Labels          labels.Set `json:"labels"`
	} `json:"metadata"`
}

// read wakes whom the events concern, until the stream ends.
func (o *watch) read(body io.Reader) error {
	d := json.NewDecoder(body)
	for {
		var e event
		if err := d.Decode(&e); err != nil {
			return err
		}
		if e.Type == "ERROR" {
			var s metav1.Status
			_ = json.Unmarshal(e.Object, &s)
			return o.client.refusedFor(o.key.what("watch", ""), &refusal{code: int(s.Code), status: s})
		}
		var c changedObject
		if err := json.Unmarshal(e.Object, &c); err != nil {
			return err
		}
		o.see(e.Type, c)
	}
}

func (o *watch) see(kind string, c changedObject) {
	m := c.Metadata
	o.version = m.ResourceVersion
	if kind == "BOOKMARK" {
		return
	}
	id := m.Namespace + "/" + m.Name
	old, ok := o.labels[id]
	if kind == "ADDED" && !ok {
		old = labels.Set{} // it was not there before
	}
	if m.Labels == nil {
		m.Labels = labels.Set{}
	}
	if o.labels[id] = m.Labels; kind == "DELETED" {
		delete(o.labels, id)
	}
	o.client.watches.changed(o, m.Name, old, m.Labels)
}
