package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Remote is a hub as its clients see it: one of ours, or one of others behind an adapter.
//
// What it is given and what it gives speaks our words: kinds, ids that clients make, and bodies with the fields of the
// kind. An adapter translates both ways. All methods may be called at once.
type Remote interface {
	// Name says which hub it is, always the same for the same one: scheme, host, port and path. What waits for it and
	// what was last in step with it are kept under that name.
	Name() string

	// Send carries out deliveries to one workstream, in their order, and answers each: as many answers as deliveries.
	// There are at most MaxBatch of them beside those of the workstream itself. They may have been sent before, with the same Key and Body: the hub is then
	// in the state in which the first one left it, and the answer is as good as the first one.
	//
	// An error means that it is not known what became of any of them; all may be sent again. It is a *Problem where
	// the hub refused the request as a whole, and a *Later where it is to be asked at another time.
	Send(ctx context.Context, workstream string, deliveries []Delivery) ([]Answer, error)

	// Changes reads what changed in a workstream after a cursor that an earlier Feed gave; "" reads everything.
	// A workstream that the hub does not know has an empty Feed. ErrResync says that the cursor means nothing any more.
	// A hub that has no feed of changes answers each call with everything, and says so with Feed.All.
	Changes(ctx context.Context, workstream, cursor string) (Feed, error)
}

// MaxBatch is how many deliveries one Send takes, beside those of the workstream itself.
const MaxBatch = 500

// Fits is an error where deliveries are too many for one Send.
func Fits(list []Delivery) error {
	n := 0
	for _, d := range list {
		if d.Kind != KindWorkstream {
			n++
		}
	}
	if n > MaxBatch {
		return fmt.Errorf("%d deliveries at once, at most %d", n, MaxBatch)
	}
	return nil
}

// Delivery is one change on its way to a hub.
type Delivery struct {
	Verb    Verb   `json:"verb"` // Create or Update
	Kind    Kind   `json:"kind"` // workstream, task, decision, verdict, event or message
	ID      string `json:"id"`
	Ref     string `json:"ref,omitempty"`     // what the hub calls it, see Answer; "" before it was told
	Version string `json:"version,omitempty"` // Update: of the item that was seen; the hub refuses with CodeStale where it has another
	Key     string `json:"key"`               // of the delivery: the same one when it is sent again
	Fence   int64  `json:"fence,omitempty"`   // of the lease that the change is made under; 0: none
	// Refs are what the hub calls the workstream and the task that the delivery belongs to, by our ids, where it told.
	Refs map[string]string `json:"-"`
	Body json.RawMessage   `json:"body"` // Create: all fields; Update: those that change, an empty text or list clears one
}

// Answer is what became of a delivery.
type Answer struct {
	// Item is as the hub has it now; nil where the hub does not tell, or refused.
	Item *Item
	// Problem is why it was refused; nil where it was carried out. Codes say what can be done: see Problem.Passing.
	// CodeStale and CodeExists come with the item as it is in Current.
	Problem *Problem
	Current *Item
	// Unsupported are fields of the body that this hub does not keep. They are kept in the client's ledger, and shown.
	Unsupported []string
}

// Item is a record of a hub as clients see it.
type Item struct {
	ID        string          `json:"id"` // ours
	Ref       string          `json:"ref,omitempty"`
	Kind      Kind            `json:"kind"`
	Task      string          `json:"task,omitempty"`
	Version   string          `json:"version"` // opaque; another one after each change
	CreatedAt time.Time       `json:"created_at"`
	CreatedBy string          `json:"created_by,omitempty"`
	UpdatedAt time.Time       `json:"updated_at"`
	UpdatedBy string          `json:"updated_by,omitempty"`
	Body      json.RawMessage `json:"body"` // the fields of the kind; from outside, and data for ever
}

// Feed is what changed.
type Feed struct {
	Items  []Item // each as it is now, in the order of its last change
	Cursor string // what to ask with next
	More   bool   // there is more now
	All    bool   // these are all there are: what is not among them is gone
	// Untold are kinds that the hub keeps and does not list: with All they stay as they were when they were sent.
	Untold []Kind
	// Unread are fields that the hub does not tell: they stay as they were when both sides agreed last.
	Unread map[Kind][]string
	// Warnings say what of the hub's is not understood, a line each.
	Warnings []string
}

// ErrResync says that a cursor belongs to another history: everything is to be read again, from "".
var ErrResync = errors.New("the hub does not know the history that was read before: everything is read again")

// Later is the error of a hub that cannot be asked now: it cannot be reached, it does not answer, or it has asked for
// a pause.
type Later struct {
	After time.Duration // the pause that it asked for; 0: none
	Err   error
}

func (l *Later) Error() string { return l.Err.Error() }

func (l *Later) Unwrap() error { return l.Err }

// Passing says whether the same request may be accepted at another time.
func (p *Problem) Passing() bool {
	switch p.Code {
	case CodeTooMany, CodeUnavailable, CodeTimeout, CodeKeyRunning, CodeInternal:
		return true
	}
	return false
}
