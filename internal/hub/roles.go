package hub

import (
	"slices"
	"strings"
	"time"
)

// Role is what a token is for.
type Role string

// The roles.
const (
	Reader   Role = "reader"   // reads
	Agent    Role = "agent"    // reads; writes plans, tasks, questions, events and messages; claims tasks
	Verifier Role = "verifier" // an agent that also writes verdicts
	Human    Role = "human"    // an agent that also resolves decisions
	Admin    Role = "admin"    // an agent that also ends the leases of others
)

// Roles are all roles.
var Roles = []Role{Reader, Agent, Verifier, Human, Admin}

// Token is who is asking.
type Token struct {
	ID          string     `json:"id" doc:"its id, which is no secret"`
	Name        string     `json:"name" doc:"who it is, in all that it writes"`
	Role        Role       `json:"role" doc:"what it may do"`
	Workstreams []string   `json:"workstreams" doc:"the only ones that it reaches; none: all"`
	CreatedAt   time.Time  `json:"created_at" doc:"when it was made"`
	ExpiresAt   *time.Time `json:"expires_at,omitempty" doc:"when it ends"`
	RevokedAt   *time.Time `json:"revoked_at,omitempty" doc:"when it was revoked"`
}

// Valid says whether the token counts at a time.
func (t Token) Valid(now time.Time) bool {
	return t.RevokedAt == nil && (t.ExpiresAt == nil || now.Before(*t.ExpiresAt))
}

// Reaches says whether the token may see a workstream.
func (t Token) Reaches(workstream string) bool {
	return len(t.Workstreams) == 0 || slices.Contains(t.Workstreams, workstream)
}

// May says nothing where the token's role allows the operation, and why not elsewhere.
// What depends on the record, such as who asked, is judged where the record is at hand.
func (t Token) May(verb Verb, kind Kind) *Problem {
	if t.Role == Reader || !slices.Contains(Roles, t.Role) {
		return Refuse(CodeRole, "a token with the role %s only reads", t.Role)
	}
	if kind == KindVerdict && t.Role != Verifier {
		return Refuse(CodeRole, "only a verifier writes verdicts, and the token's role is %s", t.Role)
	}
	return nil
}

// Prefix begins the text of every token, so that scanners for secrets know one.
const Prefix = "wph_"

// SplitToken takes the text of a token apart: the id by which it is found, and the secret.
func SplitToken(text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, Prefix)
	if !ok {
		return "", "", false
	}
	id, secret, ok = strings.Cut(rest, "_")
	return id, secret, ok && len(id) == 16 && len(secret) == 52
}
