package view

import (
	"reflect"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// DocumentType is a kind of JSON document, and the type that has its keys: tags json and doc of its fields say what they
// are.
type DocumentType struct {
	Kind string
	Type reflect.Type
	From []string // the commands that write it
	Also string   // where else it comes from, as a sentence goes on; "" for nowhere
}

// DocumentTypes are the JSON documents of this package, in the order in which they are explained.
func DocumentTypes() []DocumentType {
	return []DocumentType{
		{"TaskList", reflect.TypeFor[listJSON[app.TaskItem]](), []string{"list", "list tasks", "ready"}, ""},
		{"PlanList", reflect.TypeFor[listJSON[app.PlanItem]](), []string{"list plans"}, ""},
		{"DecisionList", reflect.TypeFor[listJSON[app.DecisionItem]](), []string{"list decisions"}, ""},
		{"BlockedList", reflect.TypeFor[listJSON[app.BlockedItem]](), []string{"blocked"}, ""},
		{"Shown", reflect.TypeFor[shownJSON](), []string{"show"}, ""},
		{"Plan", reflect.TypeFor[plansJSON](), []string{"plan"}, ""},
		{"Graph", reflect.TypeFor[graphJSON](), []string{"graph"}, ""},
		{"Run", reflect.TypeFor[runJSON](), []string{"run"}, "and of its `--report json=FILE`"},
		{"Verify", reflect.TypeFor[verifyJSON](), []string{"verify"}, "and of its `--report json=FILE`"},
		{"Lint", reflect.TypeFor[lintJSON](), []string{"lint", "check"}, "of other commands where a plan or the configuration has errors"},
		{"Saved", reflect.TypeFor[savedJSON](), []string{"watch"}, "one document for each save"},
		{"Set", reflect.TypeFor[editsJSON](), []string{"set"}, ""},
		{"Decide", reflect.TypeFor[editsJSON](), []string{"decide"}, ""},
		{"New", reflect.TypeFor[editsJSON](), []string{"new plan", "new task", "new step"}, ""},
		{"Add", reflect.TypeFor[editsJSON](), []string{"add"}, ""},
		{"Fmt", reflect.TypeFor[editsJSON](), []string{"fmt"}, ""},
		{"Mv", reflect.TypeFor[movedJSON](), []string{"mv"}, ""},
		{"Sync", reflect.TypeFor[syncJSON](), []string{"sync"}, ""},
		{"SyncStatus", reflect.TypeFor[syncStatusJSON](), []string{"sync status"}, ""},
		{"Lease", reflect.TypeFor[leaseJSON](), []string{"hub claim", "hub release"}, ""},
		{"HubMessages", reflect.TypeFor[messagesJSON](), []string{"hub messages", "hub tell", "hub ack"}, ""},
		{"Rights", reflect.TypeFor[rightsJSON](), []string{"plan --rbac"}, ""},
		{"Doctor", reflect.TypeFor[doctorJSON](), []string{"doctor"}, ""},
		{"Init", reflect.TypeFor[initJSON](), []string{"init"}, ""},
		{"Version", reflect.TypeFor[versionJSON](), []string{"version"}, ""},
	}
}
