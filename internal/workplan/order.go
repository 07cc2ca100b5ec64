package workplan

import (
	"slices"
	"strings"
)

// keyOrder is the order in which the keys of blocks are written.
var keyOrder = map[string][]string{
	frontBlock: {
		"id", "type", "format", "title", "domain", "repo", "status", "owner", "topic_slug", "created", "updated",
		"planning_priority", "planning_order", "order", "needs", "defaults", "state_hub_workstream_id",
	},
	taskBlock:     {"id", "status", "priority", "repo", "cluster", "needs", "depends_on", "assignee", "labels", "state_hub_task_id", "verify"},
	decisionBlock: {"id", "status", "question", "options", "recommendation", "choice", "by", "date", "note", "state_hub_decision_id"},
	verifyBlock: {
		"name", kindKey, "from", "repo", "cluster", "namespace", "when", "assert", "record", "within", "every", "timeout",
		"once", "effect", "defer", "advisory", "waive", "guards", "ifEmpty", "note",
	},
}

// kindKey stands for the key of a step that is its kind.
const kindKey = "(kind)"

// rankOf is the place of a key in a block of that kind, or of steps for verify blocks. Keys that are not known come
// behind those that are, and the author's own behind all.
func rankOf(kind, key string) int {
	order := keyOrder[kind]
	if i := slices.Index(order, key); i >= 0 {
		return i
	}
	switch {
	case strings.HasPrefix(key, "x-"):
		return len(order) + 1
	case kind == verifyBlock:
		return slices.Index(order, kindKey)
	}
	return len(order)
}

// placeOf is rankOf for keys that are there already: of a front matter, whose plan it is, its days and its planning stand
// in any order, as plans that are otherwise alike differ there.
func placeOf(kind, key string) int {
	if kind == frontBlock && slices.Contains([]string{"topic_slug", "created", "updated", "planning_priority", "planning_order"}, key) {
		key = "owner"
	}
	return rankOf(kind, key)
}
