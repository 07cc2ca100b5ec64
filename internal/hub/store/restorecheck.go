package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// A digest says that a backup is whole, and not that it is good: anybody can make one. So what a row says is judged as
// well, as far as a hub that goes on with it would stumble.

// What numbers of a backup may be: one more is still a number for a long time, and so is the sum of many.
const (
	mostCounted  = 1 << 40 // changes, revisions, leases
	mostTime     = 1 << 56 // microseconds
	maxPlainLine = 64 << 10
)

// cells parts a line into as many values as there are columns, and into no more.
func cells(line []byte, want int) ([]json.RawMessage, error) {
	in := json.NewDecoder(bytes.NewReader(line))
	if _, err := in.Token(); err != nil { // which is "["
		return nil, err
	}
	out := make([]json.RawMessage, want)
	for i := range out {
		if err := in.Decode(&out[i]); err != nil {
			return nil, err
		}
	}
	if in.More() {
		return nil, errors.New("another number of columns")
	}
	if _, err := in.Token(); err != nil {
		return nil, err
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something comes after the row")
	}
	return out, nil
}

// counting are the columns that only grow.
var counting = []string{"seq#", "rev#", "times#"}

// judge returns an error for a row that no hub has written.
func (t table) judge(values []any) error {
	text := map[string]string{}
	for i, name := range t.columns {
		switch v := values[i].(type) {
		case string:
			text[name] = v
		case int64:
			if slices.Contains(counting, name) && (v < 0 || v > mostCounted) || v > mostTime || v < -mostTime {
				return fmt.Errorf("the number %d", v)
			}
		}
	}
	switch t.name {
	case "streams":
		if !hubid.Is(text["id"]) {
			return errors.New("no id")
		}
	case "records":
		return judgeRecord(text)
	case "answers":
		if !json.Valid([]byte(text["answer"])) {
			return errors.New("no answer")
		}
	case "tokens":
		if !slices.Contains(hub.Roles, hub.Role(text["role"])) {
			return errors.New("no role")
		}
		return json.Unmarshal([]byte(text["workstreams"]), new([]string))
	}
	return nil
}

func judgeRecord(text map[string]string) error {
	if !hubid.Is(text["id"]) || !hubid.Is(text["workstream"]) {
		return errors.New("no id")
	}
	body, err := hub.Lenient(hub.Kind(text["kind"]), []byte(text["body"]))
	if err != nil {
		return err
	}
	var l hub.Lease
	if hub.Kind(text["kind"]) == hub.KindLease {
		if err := body.Into(&l); err != nil {
			return err
		}
	}
	if l.Fence < 0 || l.Fence > mostCounted {
		return fmt.Errorf("the number %d", l.Fence)
	}
	return json.Unmarshal([]byte(text["fields"]), new(map[string]int64))
}

// until reads for as long as ctx lasts: a few bytes may unpack to more than anybody waits for.
type until struct {
	ctx context.Context //nolint:containedctx // it lives as long as one call
	in  io.Reader
}

func (u until) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.in.Read(p)
}
