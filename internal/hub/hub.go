// Package hub says what a state hub keeps, who may write what, and how it refuses.
// It knows neither a database nor HTTP.
package hub

import (
	"encoding/json"
	"time"
)

// Kind is what a record is.
type Kind string

// The kinds of records.
const (
	KindWorkstream Kind = "workstream"
	KindTask       Kind = "task"
	KindDecision   Kind = "decision"
	KindVerdict    Kind = "verdict"
	KindEvent      Kind = "event"
	KindMessage    Kind = "message"
	KindReceipt    Kind = "receipt" // made by the hub: somebody has read a message
	KindLease      Kind = "lease"   // made by the hub: somebody has claimed a task
)

// Mutable says whether a record of this kind can be updated; the others are only ever added.
func (k Kind) Mutable() bool { return k == KindWorkstream || k == KindTask || k == KindDecision }

// Record is one thing that a hub keeps: what its client wrote, in Body, and what the hub knows of it.
type Record struct {
	ID         string          `json:"id"`
	Kind       Kind            `json:"kind"`
	Workstream string          `json:"workstream"`
	Task       string          `json:"task,omitempty"`
	Rev        int64           `json:"rev"`
	Seq        int64           `json:"seq"`
	CreatedAt  time.Time       `json:"created_at"`
	CreatedBy  string          `json:"created_by"`
	UpdatedAt  time.Time       `json:"updated_at"`
	UpdatedBy  string          `json:"updated_by"`
	Body       json.RawMessage `json:"body"`
}

// Verb is what a client wants done to a record.
type Verb string

// The verbs.
const (
	Create  Verb = "create"
	Update  Verb = "update"
	Claim   Verb = "claim"   // a task's lease
	Renew   Verb = "renew"   // a task's lease
	Release Verb = "release" // a task's lease
	Receive Verb = "receive" // a message
)

// Operation is one change that a client asks for. The body has been checked against the kind's fields before.
type Operation struct {
	Verb    Verb
	Kind    Kind
	ID      string          // of the record; of the task or the message where the hub makes the record
	Body    json.RawMessage // create: all fields; update: the fields that change
	IfMatch int64           // update: the revision that the client has seen
	Key     string          // the client's name for this request: with the same name comes the same answer
	Fence   int64           // of the lease that the client works under; 0: none
	TTL     time.Duration   // claim, renew
}

// Result is what became of an operation.
type Result struct {
	Status  int      `json:"status"` // as HTTP says it: 201 made, 200 there
	Record  *Record  `json:"record,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}
