package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// answer carries out an operation once, whatever number of times it is asked for with the same key.
func (b *batch) answer(op hub.Operation) (hub.Result, error) {
	if b.keyed = op.Key != ""; !b.keyed {
		return b.result(op)
	}
	digest, err := b.digest(op)
	if err != nil {
		return hub.Result{}, err
	}
	sum := sha256.Sum256([]byte(op.Key)) // a key is the client's: who knows what it holds
	op.Key = hex.EncodeToString(sum[:])
	done, err := b.tx.ExecContext(b.ctx, `INSERT INTO answers (token, name, digest, answer, created_at) VALUES ($1, $2, $3, '', $4)
		ON CONFLICT (token, name) DO UPDATE SET digest = excluded.digest, answer = '', created_at = excluded.created_at WHERE answers.created_at < $5`,
		b.who.ID, op.Key, digest, b.now.UnixMicro(), b.now.Add(-AnswersKept).UnixMicro())
	if err != nil {
		return hub.Result{}, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		if err != nil {
			return hub.Result{}, err
		}
		return b.replay(op, digest)
	}
	r, err := b.result(op)
	if err != nil {
		return r, err
	}
	if r.Problem != nil { // nothing was changed, so the same request may be tried again
		_, err := b.tx.ExecContext(b.ctx, `DELETE FROM answers WHERE token = $1 AND name = $2`, b.who.ID, op.Key)
		return r, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return r, err
	}
	b.bytes += int64(len(text)) + overhead
	_, err = b.tx.ExecContext(b.ctx, `UPDATE answers SET answer = $3 WHERE token = $1 AND name = $2`, b.who.ID, op.Key, string(text))
	return r, err
}

func (b *batch) replay(op hub.Operation, digest string) (hub.Result, error) {
	var kept, text string
	if err := b.tx.QueryRowContext(b.ctx, `SELECT digest, answer FROM answers WHERE token = $1 AND name = $2`, b.who.ID, op.Key).Scan(&kept, &text); err != nil {
		return hub.Result{}, err
	}
	if kept != digest {
		return refused(hub.Refuse(hub.CodeKeyReused, "the key was used for another request: each request needs one of its own"))
	}
	var r hub.Result
	return r, json.Unmarshal([]byte(text), &r)
}

// digest is what makes two operations the same request.
func (b *batch) digest(op hub.Operation) (string, error) {
	text, err := json.Marshal([]any{b.workstream, op.Verb, op.Kind, op.ID, op.IfMatch, op.Fence, op.TTL, op.Body})
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), err
}
