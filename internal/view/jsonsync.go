package view

import (
	"maps"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
)

type syncJSON struct {
	header
	Hub      string         `json:"hub" doc:"the hub's address"`
	DryRun   bool           `json:"dryRun" doc:"nothing was written"`
	ExitCode int            `json:"exitCode" doc:"what the program ended with"`
	Plans    []planSyncJSON `json:"plans" doc:"what went both ways, plan by plan"`
}

type planSyncJSON struct {
	File       string           `json:"file" doc:"the file, as one would write it here"`
	ID         string           `json:"id" doc:"the id of the plan"`
	Workstream string           `json:"workstream" doc:"the plan's id in the hub"`
	InStep     bool             `json:"inStep" doc:"nothing is left to be done"`
	Error      string           `json:"error" doc:"why not all was done; empty otherwise"`
	Minted     []app.Change     `json:"minted" doc:"ids of the hub that were written into the file"`
	ToHub      []wentJSON       `json:"toHub" doc:"what the hub did not have yet, or has otherwise"`
	ToFile     []wentJSON       `json:"toFile" doc:"what the file has from the hub"`
	Written    []app.Change     `json:"written" doc:"the keys that were written into the file"`
	Proposals  []differenceJSON `json:"proposals" doc:"statuses that the hub says and the file does not"`
	Conflicts  []differenceJSON `json:"conflicts" doc:"what is left: the file and the hub each have a value of their own"`
	NotSent    []differenceJSON `json:"notSent" doc:"answers that the hub does not take from this token"`
	Refused    []letterJSON     `json:"refused" doc:"deliveries that the hub has refused for good"`
	OnlyHub    []string         `json:"onlyInHub" doc:"keys of tasks and decisions that the file does not have"`
	Verdicts   []verdictJSON    `json:"verdicts" doc:"the newest observation of each task that the hub knows"`
	Sent       int              `json:"sent" doc:"how many deliveries the hub has taken"`
	Waiting    int              `json:"waiting" doc:"how many deliveries it does not have yet"`
	Events     int              `json:"newEvents" doc:"how many events were not known here"`
	Messages   int              `json:"newMessages" doc:"how many messages were not known here"`
	Resynced   bool             `json:"resynced" doc:"all was read again: the hub has another history than the one that was known"`
	Warnings   []string         `json:"warnings" doc:"what is worth knowing, a line each"`
}

type wentJSON struct {
	Kind     hub.Kind `json:"kind" doc:"workstream, task or decision"`
	HubID    string   `json:"hubId" doc:"its id in the hub"`
	ID       string   `json:"id" doc:"what it is called in the plan"`
	New      bool     `json:"new" doc:"it is the whole record"`
	Key      string   `json:"key" doc:"else what of it: title, status, assignee, answer"`
	From     string   `json:"from" doc:"what it was"`
	To       string   `json:"to" doc:"what it is now"`
	Replaced bool     `json:"replaced" doc:"the former value was somebody's own change"`
	By       string   `json:"by" doc:"who changed the record in the hub last; of what goes into a file"`
}

type differenceJSON struct {
	Kind      hub.Kind `json:"kind" doc:"workstream, task or decision"`
	HubID     string   `json:"hubId" doc:"its id in the hub"`
	ID        string   `json:"id" doc:"what it is called in the plan"`
	Key       string   `json:"key" doc:"what of it: status, assignee, answer"`
	File      string   `json:"file" doc:"what the file says"`
	Hub       string   `json:"hub" doc:"what the hub says"`
	By        string   `json:"by" doc:"who changed the record in the hub last"`
	Elsewhere bool     `json:"elsewhere" doc:"the hub's value is that of the file in another checkout"`
	Why       string   `json:"why" doc:"why it was not settled"`
}

type letterJSON struct {
	Number     int64      `json:"number" doc:"its place in the outbox, and its name for commands"`
	Hub        string     `json:"hub" doc:"the hub's address"`
	Workstream string     `json:"workstream" doc:"the id of the workstream"`
	Verb       hub.Verb   `json:"verb" doc:"create, update, claim, renew, release or receive"`
	Kind       hub.Kind   `json:"kind" doc:"the kind of record"`
	HubID      string     `json:"hubId" doc:"its id in the hub"`
	ID         string     `json:"id" doc:"what it is about"`
	Added      *time.Time `json:"added" doc:"when it was put there"`
	Tries      int        `json:"tries" doc:"how many tries ended with the hub's mistake"`
	Error      string     `json:"error" doc:"what the last try met"`
	Code       hub.Code   `json:"code" doc:"of the refusal that it died of"`
}

// verdictJSON is the newest observation of a task that the hub knows.
type verdictJSON struct {
	Task       string     `json:"task" doc:"the full id of the task"`
	Outcome    string     `json:"outcome" doc:"what was seen"`
	ObservedAt *time.Time `json:"observedAt" doc:"when"`
	By         string     `json:"by" doc:"the name of the token that told it"`
}

// SyncJSON is what went both ways between plans and a hub as a document.
func SyncJSON(res app.SyncResult, dry bool) ([]byte, error) {
	return marshal(syncJSON{head("Sync"), res.Hub, dry, res.Exit, each(res.Plans, planSync)})
}

// hubTold is what became of telling a hub of a run.
func hubTold(res *app.SyncResult) *syncJSON {
	if res == nil {
		return nil
	}
	return &syncJSON{head("Sync"), res.Hub, false, res.Exit, each(res.Plans, planSync)}
}

func planSync(p app.PlanSync) planSyncJSON {
	return planSyncJSON{
		p.Name, p.ID, p.Workstream, p.InStep(), p.Why(), all(p.Minted), each(p.ToHub, went), each(p.ToFile, went), all(p.Wrote),
		each(p.Proposals, difference), each(p.Conflicts, difference), each(p.Unsent, difference), each(p.Refused, letter),
		all(p.OnlyHub), newest(p), p.Sent, p.Waiting, p.Events, p.Messages, p.Resynced, all(p.Warnings),
	}
}

func went(c exchange.Change) wentJSON {
	return wentJSON{c.Kind, c.ID, c.Name, c.New, c.Unit, c.From, c.To, c.Replaced, c.By}
}

func difference(d exchange.Difference) differenceJSON {
	return differenceJSON{d.Kind, d.ID, d.Name, d.Unit, d.File, d.Hub, d.By, d.Elsewhere, d.Why}
}

func letter(e outbox.Entry) letterJSON {
	return letterJSON{e.Number, e.Hub, e.Workstream, e.Delivery.Verb, e.Delivery.Kind, e.Delivery.ID, e.Name, at(e.AddedAt), e.Tries, e.Error, e.Code}
}

func newest(p app.PlanSync) []verdictJSON {
	out := []verdictJSON{}
	for _, task := range slices.Sorted(maps.Keys(p.Newest)) {
		v := p.Newest[task]
		out = append(out, verdictJSON{task, v.Outcome, at(v.ObservedAt), v.By})
	}
	return out
}

type keptJSON struct {
	Hub    string   `json:"hub" doc:"the hub's address"`
	Kind   hub.Kind `json:"kind" doc:"the kind of record"`
	HubID  string   `json:"hubId" doc:"its id in the hub"`
	ID     string   `json:"id" doc:"what it is about"`
	Fields []string `json:"fields" doc:"the fields that the hub does not keep"`
}

type syncStatusJSON struct {
	header
	Waiting  []letterJSON `json:"waiting" doc:"what is still to be sent"`
	Dead     []letterJSON `json:"dead" doc:"what a hub has refused for good"`
	Kept     []keptJSON   `json:"notKept" doc:"what hubs do not keep"`
	Warnings []string     `json:"warnings" doc:"what is worth knowing, a line each"`
}

// SyncStatusJSON is what waits for hubs as a document.
func SyncStatusJSON(s app.SyncStatus) ([]byte, error) {
	return marshal(syncStatusJSON{head("SyncStatus"), each(s.Waiting, letter), each(s.Dead, letter), each(s.Kept, func(k outbox.Kept) keptJSON {
		return keptJSON{k.Hub, k.Kind, k.ID, k.Name, fieldNames(k)}
	}), all(s.Warnings)})
}

func fieldNames(k outbox.Kept) []string { return slices.Sorted(maps.Keys(k.Fields)) }
