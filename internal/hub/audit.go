package hub

import "time"

// Entry is a line of the audit trail: who did what, or wanted to.
type Entry struct {
	ID         string    `json:"id"`
	At         time.Time `json:"at"`     // by the hub's clock
	Token      string    `json:"token"`  // its id; "" for commands on the database, and for who has none
	Name       string    `json:"name"`   // of the token, or of the account that ran a command
	Source     string    `json:"source"` // the address that the request came from; local for commands
	Action     string    `json:"action"` // a verb, token-create, token-revoke, backup, restore, request
	Kind       Kind      `json:"kind"`   // of the record
	Workstream string    `json:"workstream"`
	Record     string    `json:"record"`
	Rev        int64     `json:"rev"`     // the record's, after it
	Outcome    string    `json:"outcome"` // ok, or the code of the refusal
	Times      int64     `json:"times"`   // like refusals of a few seconds are one line
	Detail     string    `json:"detail"`
}

// OutcomeOK is the outcome of what was done.
const OutcomeOK = "ok"
