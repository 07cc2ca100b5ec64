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
	Hub      string         `json:"hub"`
	DryRun   bool           `json:"dryRun"`
	ExitCode int            `json:"exitCode"`
	Plans    []planSyncJSON `json:"plans"`
}

type planSyncJSON struct {
	File       string           `json:"file"`
	ID         string           `json:"id"`
	Workstream string           `json:"workstream"`
	InStep     bool             `json:"inStep"`
	Error      string           `json:"error"`
	Minted     []app.Change     `json:"minted"`
	ToHub      []wentJSON       `json:"toHub"`
	ToFile     []wentJSON       `json:"toFile"`
	Written    []app.Change     `json:"written"`
	Proposals  []differenceJSON `json:"proposals"`
	Conflicts  []differenceJSON `json:"conflicts"`
	NotSent    []differenceJSON `json:"notSent"`
	Refused    []letterJSON     `json:"refused"`
	OnlyHub    []string         `json:"onlyInHub"`
	Verdicts   []verdictJSON    `json:"verdicts"`
	Sent       int              `json:"sent"`
	Waiting    int              `json:"waiting"`
	Events     int              `json:"newEvents"`
	Messages   int              `json:"newMessages"`
	Resynced   bool             `json:"resynced"`
	Warnings   []string         `json:"warnings"`
}

type wentJSON struct {
	Kind     hub.Kind `json:"kind"`
	HubID    string   `json:"hubId"`
	ID       string   `json:"id"`
	New      bool     `json:"new"`
	Key      string   `json:"key"`
	From     string   `json:"from"`
	To       string   `json:"to"`
	Replaced bool     `json:"replaced"`
	By       string   `json:"by"`
}

type differenceJSON struct {
	Kind      hub.Kind `json:"kind"`
	HubID     string   `json:"hubId"`
	ID        string   `json:"id"`
	Key       string   `json:"key"`
	File      string   `json:"file"`
	Hub       string   `json:"hub"`
	By        string   `json:"by"`
	Elsewhere bool     `json:"elsewhere"`
	Why       string   `json:"why"`
}

type letterJSON struct {
	Number     int64      `json:"number"`
	Hub        string     `json:"hub"`
	Workstream string     `json:"workstream"`
	Verb       hub.Verb   `json:"verb"`
	Kind       hub.Kind   `json:"kind"`
	HubID      string     `json:"hubId"`
	ID         string     `json:"id"`
	Added      *time.Time `json:"added"`
	Tries      int        `json:"tries"`
	Error      string     `json:"error"`
	Code       hub.Code   `json:"code"`
}

// verdictJSON is the newest observation of a task that the hub knows.
type verdictJSON struct {
	Task       string     `json:"task"`
	Outcome    string     `json:"outcome"`
	ObservedAt *time.Time `json:"observedAt"`
	By         string     `json:"by"`
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
	Hub    string   `json:"hub"`
	Kind   hub.Kind `json:"kind"`
	HubID  string   `json:"hubId"`
	ID     string   `json:"id"`
	Fields []string `json:"fields"`
}

type syncStatusJSON struct {
	header
	Waiting  []letterJSON `json:"waiting"`
	Dead     []letterJSON `json:"dead"`
	Kept     []keptJSON   `json:"notKept"`
	Warnings []string     `json:"warnings"`
}

// SyncStatusJSON is what waits for hubs as a document.
func SyncStatusJSON(s app.SyncStatus) ([]byte, error) {
	return marshal(syncStatusJSON{head("SyncStatus"), each(s.Waiting, letter), each(s.Dead, letter), each(s.Kept, func(k outbox.Kept) keptJSON {
		return keptJSON{k.Hub, k.Kind, k.ID, k.Name, fieldNames(k)}
	}), all(s.Warnings)})
}

func fieldNames(k outbox.Kept) []string { return slices.Sorted(maps.Keys(k.Fields)) }
