package exchange

import (
	"context"
	"errors"
	"maps"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/keep"
)

// most bounds the pages that a hub may have.
const most = 100_000

// pull reads what changed in the hub.
func (s *session) pull(ctx context.Context) error {
	first := s.base.Cursor == ""
	if first {
		s.base.Mirror = map[string]hub.Item{}
	}
	for range most {
		var feed hub.Feed
		err := s.attempt(ctx, func() (err error) {
			feed, err = s.Remote.Changes(ctx, s.workstream, s.base.Cursor)
			return err
		})
		if errors.Is(err, hub.ErrResync) && s.base.Cursor != "" {
			s.base.Forget()
			s.report.Resynced = true
			return s.pull(ctx)
		}
		if err != nil {
			return err
		}
		s.pass("page")
		if feed.All {
			maps.DeleteFunc(s.base.Mirror, func(_ string, i hub.Item) bool { return !slices.Contains(feed.Untold, i.Kind) })
		}
		if s.unread = feed.Unread; s.unread != nil {
			s.base.Unkept = nil // it says anew what it keeps
		}
		for _, w := range feed.Warnings {
			if !slices.Contains(s.report.Warnings, w) {
				s.report.warn("%s", w)
			}
		}
		for _, item := range feed.Items {
			s.see(item, first || feed.All)
		}
		if feed.More && feed.Cursor == s.base.Cursor {
			return errors.New("the hub's feed of changes does not get on")
		}
		s.base.Cursor = feed.Cursor
		if !feed.More {
			s.report.Newest = s.base.Newest
			return nil
		}
	}
	return errors.New("the hub's feed of changes has no end")
}

// see takes an item of the feed.
func (s *session) see(item hub.Item, first bool) {
	if err := s.mirror(item); err != nil {
		s.report.warn("%s %s of the hub: %v", item.Kind, item.ID, err)
		return
	}
	if s.base.Own[item.ID] {
		delete(s.base.Own, item.ID)
		first = true // it is no news
	}
	switch {
	case item.Kind == hub.KindEvent && !first:
		s.report.Events++
	case item.Kind == hub.KindMessage && !first:
		s.report.Messages++
	case item.Kind == hub.KindVerdict:
		var v hub.Verdict
		if b, err := hub.Lenient(item.Kind, item.Body); err == nil && b.Into(&v) == nil {
			s.base.Observe(v.Task, keep.Verdict{ID: item.ID, Outcome: v.Outcome, ObservedAt: v.ObservedAt, By: item.CreatedBy}, item.CreatedAt)
		}
	}
}

// mirror keeps a record as the hub has it now, where it is one that can change.
func (s *session) mirror(item hub.Item) error {
	if item.Ref != "" {
		s.base.Refs[item.ID] = item.Ref
	}
	if !item.Kind.Mutable() {
		return nil
	}
	if _, err := hub.Lenient(item.Kind, item.Body); err != nil {
		return err
	}
	if item.ID == "" || item.Version == "" {
		return errors.New("it has no id or no version")
	}
	s.base.Mirror[item.ID] = item
	return nil
}
