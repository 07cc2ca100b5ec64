package store

import "context"

// Forget makes the next one who opens the database make all cards anew.
func (s *Store) Forget(ctx context.Context) {
	_, err := s.write.ExecContext(ctx, `UPDATE meta SET value = '' WHERE name = 'cards'`)
	if err != nil {
		panic(err)
	}
}
