package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// anyStream stands for all workstreams among those who wait.
const anyStream = ""

// WaitAny returns when something has changed in any workstream that a token reaches since a mark, with a new mark, or
// when ctx has ended: of others it tells nothing, not even by when it returns. The first mark is 0. A mark that is not
// this history's, such as one from before a restore, is an old one.
func (s *Store) WaitAny(ctx context.Context, who hub.Token, mark int64) int64 {
	woken := s.listen(anyStream)
	defer s.unlisten(anyStream, woken)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		now, err := s.Mark(ctx, who)
		if err != nil {
			return mark
		}
		if now != mark {
			return now
		}
		select {
		case <-ctx.Done():
			return mark
		case <-woken:
		case <-tick.C:
		}
	}
}

// Seq is the number of a workstream's newest change.
func (s *Store) Seq(ctx context.Context, workstream string) (int64, error) {
	var seq int64
	err := s.read.QueryRowContext(ctx, `SELECT seq FROM streams WHERE id = $1`, workstream).Scan(&seq)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, notFound(hub.KindWorkstream, workstream)
	}
	return seq, err
}

// Mark is what WaitAny goes on from: it grows with every change in what a token reaches.
func (s *Store) Mark(ctx context.Context, who hub.Token) (int64, error) {
	var mark int64
	text := `SELECT CAST(coalesce(sum(seq), 0) AS BIGINT) FROM streams`
	var reaches []any
	if n := len(who.Workstreams); n > 0 {
		text += ` WHERE id IN ` + marks(1, n)
		for _, id := range who.Workstreams {
			reaches = append(reaches, id)
		}
	}
	err := s.read.QueryRowContext(ctx, text, reaches...).Scan(&mark)
	return mark, err
}
