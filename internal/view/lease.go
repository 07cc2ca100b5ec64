package view

import (
	"fmt"
	"io"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Lease says what became of a claim.
func Lease(w io.Writer, l app.Leased, released bool, o Options) error {
	p := newPrinter(w, o)
	what := "claimed"
	if l.Renewed {
		what = "still claimed"
	}
	if released {
		p.put(p.bold(Safe(l.ID)) + ": given back")
		return p.flush()
	}
	p.put(p.bold(Safe(l.ID)) + Safe(fmt.Sprintf(": %s by %s until %s, number %d", what, l.Lease.Holder, p.local(l.Lease.ExpiresAt).Format("2006-01-02 15:04:05"), l.Lease.Fence)))
	return p.flush()
}

type leaseJSON struct {
	header
	ID       string     `json:"id" doc:"the full id of the task"`
	Hub      string     `json:"hub" doc:"the hub's address"`
	HubID    string     `json:"hubId" doc:"its id in the hub"`
	Released bool       `json:"released" doc:"it was given back"`
	Holder   string     `json:"holder" doc:"who has it"`
	Fence    int64      `json:"fence" doc:"a number that grows with each holder"`
	Expires  *time.Time `json:"expires" doc:"until when"`
}

// LeaseJSON is a claim as a document.
func LeaseJSON(l app.Leased, released bool) ([]byte, error) {
	return marshal(leaseJSON{head("Lease"), l.ID, l.Hub, l.HubID, released, l.Lease.Holder, l.Lease.Fence, at(l.Lease.ExpiresAt)})
}
