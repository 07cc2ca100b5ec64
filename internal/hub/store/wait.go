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

// WaitAny returns when something may have changed in any workstream since a mark, with a new mark, or when ctx has
// ended. The first mark is 0. A mark that is not this history's, such as one from before a restore, is an old one.
func (s *Store) WaitAny(ctx context.Context, mark int64) int64 {
	woken := s.listen(anyStream)
	defer s.unlisten(anyStream, woken)
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		now, err := s.Mark(ctx)
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
			if now, err = s.Mark(ctx); err != nil {
				return mark // where it cannot be read, nothing can
			}
			return now
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

// Mark is what WaitAny goes on from: it grows with every change.
func (s *Store) Mark(ctx context.Context) (int64, error) {
	var mark int64
	err := s.read.QueryRowContext(ctx, `SELECT CAST(coalesce(sum(seq), 0) AS BIGINT) FROM streams`).Scan(&mark)
	return mark, err
}
