package hub

import "time"

// Entry is a line of the audit trail: who did what, or wanted to.
type Entry struct {
	ID         string    `json:"id" doc:"of the entry"`
	At         time.Time `json:"at" doc:"when, by the hub's clock"`
	Token      string    `json:"token" doc:"its id; \"\" for commands on the database, and for who has none"`
	Name       string    `json:"name" doc:"of the token, or of the account that ran a command"`
	Source     string    `json:"source" doc:"the address that the request came from; local for commands"`
	Action     string    `json:"action" doc:"a verb, token-create, token-revoke, backup, restore, request"`
	Kind       Kind      `json:"kind" doc:"of the record"`
	Workstream string    `json:"workstream" doc:"the workstream that it is about"`
	Record     string    `json:"record" doc:"the id of the record"`
	Rev        int64     `json:"rev" doc:"the record's, after it"`
	Outcome    string    `json:"outcome" doc:"ok, or the code of the refusal"`
	Times      int64     `json:"times" doc:"like refusals of a few seconds are one line"`
	Detail     string    `json:"detail" doc:"what else there is to say"`
}

// OutcomeOK is the outcome of what was done.
const OutcomeOK = "ok"
