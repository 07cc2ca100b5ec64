package store

import (
	"context"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// ByKey finds cards by their whole keys, in any case of letters, that a token reaches; of one key ten at most.
func (s *Store) ByKey(ctx context.Context, who hub.Token, keys []string) (map[string][]Card, error) {
	return s.byMark(ctx, who, "", keyMark, keys, 10)
}

// Needing finds the tasks of a workstream that need what a plan calls by one of these names.
func (s *Store) Needing(ctx context.Context, who hub.Token, workstream string, names []string) ([]Card, error) {
	found, err := s.byMark(ctx, who, workstream, needMark, names, 1000)
	var out []Card
	seen := map[string]bool{}
	for _, name := range names {
		for _, c := range found[strings.ToLower(name)] {
			if !seen[c.ID] {
				seen[c.ID] = true
				out = append(out, c)
			}
		}
	}
	return out, err
}

// byMark finds cards by marked words, so many of each at most: those of one hide none of another.
func (s *Store) byMark(ctx context.Context, who hub.Token, workstream, mark string, names []string, each int) (map[string][]Card, error) {
	out := map[string][]Card{}
	if len(names) == 0 {
		return out, nil
	}
	var q sentence
	marks := make([]string, 0, len(names))
	for _, name := range names[:min(len(names), maxNeeds)] {
		marks = append(marks, q.arg([]byte(mark+strings.ToLower(name))))
	}
	q.add("SELECT word, card FROM (SELECT w.word, c.card, c.place, c.id, row_number() OVER (PARTITION BY w.word ORDER BY c.place, c.id) AS nth")
	q.add(" FROM words w JOIN cards c ON c.card = w.card WHERE w.word IN (%s)", strings.Join(marks, ", "))
	if workstream != "" {
		q.add(" AND c.workstream = %s", q.arg(workstream))
	}
	q.reached(who)
	q.add(") AS found WHERE nth <= %d ORDER BY place, id", each)
	rows, err := s.read.QueryContext(ctx, q.String(), q.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // what it could say, Err says
	type hit struct{ name, card string }
	var hits []hit
	var ids []string
	for rows.Next() {
		var word []byte
		var h hit
		if err := rows.Scan(&word, &h.card); err != nil {
			return nil, err
		}
		h.name = string(word[len(mark):])
		hits, ids = append(hits, h), append(ids, h.card)
	}
	if err := rows.Err(); err != nil || len(ids) == 0 {
		return out, err
	}
	var of sentence
	of.add("SELECT %s, 0 FROM cards c WHERE c.card IN (%s)", cardColumns, of.list(ids))
	cards, err := s.cards(ctx, &of)
	if err != nil {
		return nil, err
	}
	byCard := map[string]Card{}
	for _, c := range cards {
		byCard[cardOf(c.Workstream, c.ID)] = c
	}
	for _, h := range hits {
		if c, ok := byCard[h.card]; ok {
			out[h.name] = append(out[h.name], c)
		}
	}
	return out, nil
}
