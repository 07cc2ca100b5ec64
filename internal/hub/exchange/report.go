package exchange

import (
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/keep"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

// Report is what came of a run. Texts of the hub in it are as they came: whoever shows them makes them safe.
type Report struct {
	ToHub     []Change     // what the hub did not have yet, or has otherwise
	ToFile    []Change     // what the file has, or would have, from the hub
	Proposals []Difference // statuses that the hub says, and the file does not
	Conflicts []Difference // what is left: the file has its own value still, and so has the hub
	Unsent    []Difference // answers that the hub does not take from this token
	Refused   []outbox.Entry
	OnlyHub   []string // tasks and decisions of the hub that the file does not have, by their key
	Events    int      // that were not known here
	Messages  int      // likewise
	Newest    map[string]keep.Verdict
	Sent      int // deliveries that the hub has taken
	Waiting   int // deliveries that it does not have yet
	Kept      int // deliveries with fields that the hub does not keep; they stand in the ledger
	Resynced  bool
	Warnings  []string
}

// Change is a record that is new, or a unit that gets another value.
type Change struct {
	Kind     hub.Kind
	ID, Name string
	New      bool   // the whole record
	Unit     string // else what of it
	From, To string // for people
	Replaced bool   // From was somebody's own change
	By       string // who has changed the record in the hub last; of what goes into a file
}

// Difference is a unit of which both sides keep their value.
type Difference struct {
	Kind      hub.Kind
	ID, Name  string
	Unit      string
	File, Hub string // for people
	By        string // who has changed the record in the hub last
	Elsewhere bool   // the hub's value is that of the file in another checkout
	Why       string
}

func (r *Report) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}
