package view

import (
	"reflect"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// DocumentType is a kind of JSON document, and the type that has its keys: tags json and doc of its fields say what they
// are.
type DocumentType struct {
	Kind string
	From string // the commands that write it
	Type reflect.Type
}

// DocumentTypes are the JSON documents of this package, in the order in which they are explained.
func DocumentTypes() []DocumentType {
	return []DocumentType{
		{"TaskList", "list, list tasks, ready", reflect.TypeFor[listJSON[app.TaskItem]]()},
		{"PlanList", "list plans", reflect.TypeFor[listJSON[app.PlanItem]]()},
		{"DecisionList", "list decisions", reflect.TypeFor[listJSON[app.DecisionItem]]()},
		{"BlockedList", "blocked", reflect.TypeFor[listJSON[app.BlockedItem]]()},
		{"Shown", "show", reflect.TypeFor[shownJSON]()},
		{"Plan", "plan", reflect.TypeFor[plansJSON]()},
		{"Graph", "graph", reflect.TypeFor[graphJSON]()},
		{"Run", "run", reflect.TypeFor[runJSON]()},
		{"Verify", "verify", reflect.TypeFor[verifyJSON]()},
		{"Lint", "lint, check; run and verify where a plan has errors", reflect.TypeFor[lintJSON]()},
		{"Saved", "watch, one document for each save", reflect.TypeFor[savedJSON]()},
		{"Set", "set", reflect.TypeFor[editsJSON]()},
		{"Decide", "decide", reflect.TypeFor[editsJSON]()},
		{"New", "new plan, new task, new step", reflect.TypeFor[editsJSON]()},
		{"Add", "add", reflect.TypeFor[editsJSON]()},
		{"Fmt", "fmt", reflect.TypeFor[editsJSON]()},
		{"Mv", "mv", reflect.TypeFor[movedJSON]()},
		{"Sync", "sync", reflect.TypeFor[syncJSON]()},
		{"SyncStatus", "sync status", reflect.TypeFor[syncStatusJSON]()},
		{"Lease", "hub claim, hub release", reflect.TypeFor[leaseJSON]()},
		{"Rights", "plan --rbac", reflect.TypeFor[rightsJSON]()},
		{"Doctor", "doctor", reflect.TypeFor[doctorJSON]()},
		{"Init", "init", reflect.TypeFor[initJSON]()},
		{"Version", "version", reflect.TypeFor[versionJSON]()},
	}
}
