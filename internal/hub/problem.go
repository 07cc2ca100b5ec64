package hub

import (
	"fmt"
	"net/http"
	"strings"
)

// Code names a problem; codes do not change.
type Code string

// The codes of problems.
const (
	CodeInvalid      Code = "invalid"              // a field is not as it should be
	CodeToken        Code = "unauthenticated"      // no token, or none that counts
	CodeRole         Code = "role"                 // the token's role may not do this
	CodeScope        Code = "scope"                // the token does not reach this workstream
	CodeSecondPerson Code = "second-person"        // who asked may not answer
	CodeNotFound     Code = "not-found"            // no such record
	CodeNoRoute      Code = "no-route"             // no such address
	CodeMethod       Code = "method"               // not with this method
	CodeExists       Code = "exists"               // there is another record with this id
	CodeStale        Code = "stale"                // the record has changed since
	CodePrecondition Code = "precondition-missing" // If-Match or If-None-Match is required
	CodeKeyMissing   Code = "key-missing"          // Idempotency-Key is required
	CodeKeyReused    Code = "key-reused"           // the key was used for another request
	CodeKeyRunning   Code = "key-running"          // the first request with this key is not done
	CodeLeaseHeld    Code = "lease-held"           // somebody else has claimed the task
	CodeLeaseLost    Code = "lease-lost"           // the lease is not, or no longer, the client's
	CodeResync       Code = "resync"               // the client has seen what this hub does not know: begin anew
	CodeTooLarge     Code = "too-large"            // the request is too large
	CodeTooMany      Code = "too-many-requests"    // slow down
	CodeMediaType    Code = "media-type"           // no such form of request
	CodeTimeout      Code = "timeout"              // the request did not arrive in time
	CodeUnavailable  Code = "unavailable"          // the database cannot be reached, or is busy
	CodeInternal     Code = "internal"             // the hub's mistake
	CodeFixed        Code = "fixed"                // a field that cannot be changed
	CodeSecret       Code = "secret"               // a field looks like a secret: the hub keeps none
	CodeStorage      Code = "storage-limit"        // the token keeps as much as it may
)

// statuses are the HTTP statuses of codes.
var statuses = map[Code]int{
	CodeInvalid: http.StatusUnprocessableEntity, CodeToken: http.StatusUnauthorized, CodeRole: http.StatusForbidden,
	CodeScope: http.StatusForbidden, CodeSecondPerson: http.StatusForbidden, CodeNotFound: http.StatusNotFound,
	CodeNoRoute: http.StatusNotFound, CodeMethod: http.StatusMethodNotAllowed, CodeExists: http.StatusPreconditionFailed,
	CodeStale: http.StatusPreconditionFailed, CodePrecondition: http.StatusPreconditionRequired, CodeKeyMissing: http.StatusBadRequest,
	CodeKeyReused: http.StatusUnprocessableEntity, CodeKeyRunning: http.StatusConflict, CodeLeaseHeld: http.StatusConflict,
	CodeLeaseLost: http.StatusConflict, CodeResync: http.StatusGone, CodeTooLarge: http.StatusRequestEntityTooLarge,
	CodeTooMany: http.StatusTooManyRequests, CodeMediaType: http.StatusUnsupportedMediaType,
	CodeTimeout: http.StatusRequestTimeout, CodeUnavailable: http.StatusServiceUnavailable, CodeInternal: http.StatusInternalServerError,
	CodeFixed: http.StatusUnprocessableEntity, CodeSecret: http.StatusUnprocessableEntity, CodeStorage: http.StatusInsufficientStorage,
}

// Problem is a refusal, as application/problem+json (RFC 9457).
type Problem struct {
	Type    string   `json:"type" doc:"urn:wpctl:hub: and the code"`
	Title   string   `json:"title"`
	Status  int      `json:"status"`
	Detail  string   `json:"detail,omitempty"`
	Code    Code     `json:"code" doc:"what programs ask; codes do not change"`
	Errors  []Fault  `json:"errors,omitempty" nullable:"false"`
	Current *Record  `json:"current,omitempty" doc:"the record as it is"`
	Changed []string `json:"changed,omitempty" nullable:"false" doc:"stale: the fields that were changed since"`
}

// Fault is one mistake in a request.
type Fault struct {
	Path    string `json:"path,omitempty" doc:"where, such as body.title"`
	Message string `json:"message"`
}

// Refuse makes a problem.
func Refuse(code Code, format string, args ...any) *Problem {
	status, ok := statuses[code]
	if !ok {
		status = http.StatusInternalServerError
	}
	return &Problem{
		Type: "urn:wpctl:hub:" + string(code), Title: http.StatusText(status), Status: status,
		Detail: fmt.Sprintf(format, args...), Code: code,
	}
}

// Error is the problem's detail, and of what is wrong in the request the first three mistakes.
func (p *Problem) Error() string {
	var faults []string
	for _, f := range p.Errors[:min(len(p.Errors), 3)] {
		if f.Path == "" || !strings.Contains(p.Detail, f.Path) {
			faults = append(faults, strings.TrimSpace(f.Path+" "+f.Message))
		}
	}
	if len(faults) == 0 {
		return p.Detail
	}
	return p.Detail + ": " + strings.Join(faults, "; ")
}

// GetStatus is the HTTP status, as the library that writes answers asks for it.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType is the form of the problem in an answer.
func (p *Problem) ContentType(form string) string {
	if form == "application/json" {
		return "application/problem+json"
	}
	return form
}
