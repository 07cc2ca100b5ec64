package hub

import (
	"encoding/json"
	"time"
)

// The bodies of records: what clients write. Bounds stand in the tags, and in the OpenAPI document that is made of them.

// Workstream is a plan.
type Workstream struct {
	Repo     string            `json:"repo" minLength:"1" maxLength:"1000" doc:"the repository, as the plan's front matter names it"`
	Plan     string            `json:"plan" minLength:"1" maxLength:"200" doc:"the plan's id"`
	Title    string            `json:"title,omitempty" maxLength:"1000"`
	Status   string            `json:"status,omitempty" enum:"draft,proposed,active,blocked,finished,cancelled,archived"`
	Domain   string            `json:"domain,omitempty" maxLength:"200"`
	Owner    string            `json:"owner,omitempty" maxLength:"200"`
	Priority string            `json:"priority,omitempty" enum:"high,medium,low"`
	Path     string            `json:"path,omitempty" maxLength:"1000" doc:"the plan's file in its repository"`
	Ref      string            `json:"ref,omitempty" maxLength:"200" doc:"the commit, or the branch, that the file was read from"`
	Labels   []string          `json:"labels,omitempty" maxItems:"100" nullable:"false"`
	Said     map[string]string `json:"said,omitempty" nullable:"false" doc:"digests of the fields as a plan's file has said them, by name; written by wpctl sync"`
}

// Task is a task of a plan.
type Task struct {
	Key      string            `json:"key" minLength:"1" maxLength:"200" doc:"the task's whole id in the plan"`
	Title    string            `json:"title,omitempty" maxLength:"1000"`
	Status   string            `json:"status,omitempty" enum:"todo,in_progress,blocked,done,failed,cancelled"`
	Priority string            `json:"priority,omitempty" enum:"high,medium,low"`
	Assignee string            `json:"assignee,omitempty" maxLength:"200"`
	Needs    []string          `json:"needs,omitempty" maxItems:"1000" nullable:"false" doc:"whole ids of tasks and decisions"`
	Labels   []string          `json:"labels,omitempty" maxItems:"100" nullable:"false"`
	Line     int               `json:"line,omitempty" minimum:"0" doc:"where the task stands in the plan's file"`
	Order    int               `json:"order,omitempty" minimum:"0" doc:"its place among the plan's tasks"`
	Steps    string            `json:"steps,omitempty" maxLength:"200" doc:"the digest of its verify steps"`
	Said     map[string]string `json:"said,omitempty" nullable:"false" doc:"digests of the fields as a plan's file has said them, by name; written by wpctl sync"`
}

// Decision is a question that somebody answers.
type Decision struct {
	Key            string            `json:"key" minLength:"1" maxLength:"200" doc:"the decision's whole id in the plan"`
	Question       string            `json:"question,omitempty" maxLength:"4000"`
	Options        map[string]string `json:"options,omitempty" nullable:"false"`
	Recommendation string            `json:"recommendation,omitempty" maxLength:"200"`
	Status         string            `json:"status,omitempty" enum:"pending,resolved,superseded" doc:"resolved and superseded are a human's to say"`
	Choice         string            `json:"choice,omitempty" maxLength:"200" doc:"one of the options"`
	Note           string            `json:"note,omitempty" maxLength:"4000"`
	SecondPerson   bool              `json:"second_person,omitempty" doc:"who asked may not answer; once on it stays on"`
	Said           map[string]string `json:"said,omitempty" nullable:"false" doc:"digests of the fields as a plan's file has said them, by name; written by wpctl sync"`
	AskedBy        []string          `json:"asked_by,omitempty" readOnly:"true" nullable:"false" doc:"written by the hub: who has worded the question"`
	ResolvedBy     string            `json:"resolved_by,omitempty" readOnly:"true" doc:"written by the hub"`
	ResolvedAt     *time.Time        `json:"resolved_at,omitempty" readOnly:"true" doc:"written by the hub"`
}

// Verdict is what a run observed of a task.
type Verdict struct {
	Task       string    `json:"task" format:"uuid"`
	Outcome    string    `json:"outcome" enum:"passed,failed,unknown,waiting,unverified,blocked"`
	ObservedAt time.Time `json:"observed_at"`
	Steps      string    `json:"steps,omitempty" maxLength:"200" doc:"the digest of the steps that were looked at"`
	Commit     string    `json:"commit,omitempty" maxLength:"200"`
	Run        string    `json:"run,omitempty" maxLength:"200"`
	Cluster    string    `json:"cluster,omitempty" maxLength:"200"`
	Findings   string    `json:"findings,omitempty" maxLength:"65536"`
}

// Event is something that happened.
type Event struct {
	Task string                     `json:"task,omitempty" format:"uuid"`
	Type string                     `json:"type" minLength:"1" maxLength:"100" pattern:"^[a-z0-9._-]+$" doc:"progress, finding, transition, or a word of your own"`
	Text string                     `json:"text,omitempty" maxLength:"65536"`
	Data map[string]json.RawMessage `json:"data,omitempty" nullable:"false"`
}

// Message is something that somebody is told.
type Message struct {
	Task string   `json:"task,omitempty" format:"uuid"`
	To   []string `json:"to,omitempty" maxItems:"100" nullable:"false" doc:"names; none: everybody"`
	Text string   `json:"text" minLength:"1" maxLength:"65536"`
}

// Receipt is the body of a receipt.
type Receipt struct {
	Message string `json:"message" format:"uuid"`
	By      string `json:"by"`
}

// Lease is the body of a lease.
type Lease struct {
	Holder     string    `json:"holder" doc:"the name of the token that holds it"`
	HolderID   string    `json:"holder_id" doc:"the id of that token"`
	Fence      int64     `json:"fence" doc:"grows with every holder; name it when you write under the lease"`
	TTLSeconds int64     `json:"ttl_seconds"`
	RenewedAt  time.Time `json:"renewed_at"`
	ExpiresAt  time.Time `json:"expires_at"`
	Released   bool      `json:"released"`
}

// Holds says whether the lease is somebody's at a time.
func (l Lease) Holds(now time.Time) bool { return !l.Released && now.Before(l.ExpiresAt) }
