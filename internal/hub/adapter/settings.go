// Package adapter asks a hub of others, which has an API of its own: what is asked, and what answers mean, the
// configuration says. There is no code of a configuration: requests are a method and an address with places for
// values, bodies and answers are CEL.
//
// Answers are data. What is read of them are fields of records, and nothing else is made of them.
package adapter

// Auth is how the token is sent. It goes to the hub's address alone, whatever routes say.
type Auth struct {
	Scheme string `yaml:"scheme" json:"scheme,omitempty" doc:"bearer (default), basic with a token file that holds NAME:PASSWORD, or header" enum:"bearer|basic|header"`
	Header string `yaml:"header" json:"header,omitempty" doc:"with scheme header: the name of that header, such as X-Api-Key"`
}

// Route is how records of one kind are asked for and told.
type Route struct {
	List      string            `yaml:"list" doc:"reads all records of a workstream: GET and a path; {page} is what next gave"`
	Items     string            `yaml:"items" doc:"CEL over the answer to list: the list of records; default the answer itself"`
	Next      string            `yaml:"next" doc:"CEL over the answer to list: {page} of the next one; null, 0, false or nothing ends"`
	Read      string            `yaml:"read" doc:"reads one record: GET and a path"`
	Create    string            `yaml:"create" doc:"makes a record: POST, PUT or PATCH and a path, such as POST /api/tasks; default update"`
	Update    string            `yaml:"update" doc:"changes a record: PATCH, PUT or POST and a path, such as PATCH /api/tasks/{ref}"`
	Item      string            `yaml:"item" doc:"CEL over the answer to read, create and update: the record; default the answer itself"`
	Body      map[string]any    `yaml:"body" doc:"what is sent, with ${{ CEL }} over self; what reads a field that is not said is left out"`
	New       map[string]any    `yaml:"new" doc:"what is sent besides when a record is made"`
	Headers   map[string]string `yaml:"headers" doc:"headers of create and update, with ${{ CEL }} over self, such as If-Match"`
	Answer    map[string]string `yaml:"answer" doc:"CEL over a record of the hub: id, ref, version, created_at, created_by, updated_at, updated_by, and fields of the kind"`
	StatusMap map[string]string `yaml:"status_map" doc:"words for status of this kind, in place of the hub's status_map"`
}

// Settings are the whole of it.
type Settings struct {
	Auth      Auth
	StatusMap map[string]string
	Routes    map[string]Route
}

// Empty says whether nothing is configured: the hub is one of ours.
func (s Settings) Empty() bool { return len(s.Routes) == 0 }

// Problem is a mistake in settings. Path is where, such as routes.task.update.
type Problem struct{ Path, Message string }
