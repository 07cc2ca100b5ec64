package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// LeaseRequest says which task is claimed, or given back.
type LeaseRequest struct {
	Task    string // full or short
	Plan    string // a file or an id; "" for all plans of the workspace
	TTL     time.Duration
	Release bool
}

// Leased is a task that was claimed, renewed or given back.
type Leased struct {
	ID      string // of the task in its plan
	Hub     string
	HubID   string
	Lease   hub.Lease
	Renewed bool
}

// keptLease is what is kept of a lease, to renew it and to give it back.
type keptLease struct {
	Hub   string `json:"hub"`
	Task  string `json:"task"`
	Fence int64  `json:"fence"`
}

// Lease claims a task in the hub, or renews the lease that this user has of it, or gives it back.
func (a *App) Lease(ctx context.Context, req LeaseRequest) (Leased, int, error) {
	found, err := a.wanted(ctx, req.Plan, aTask, req.Task)
	if err != nil {
		return Leased{}, ExitUsage, err
	}
	ids, err := idsOf(found[0].source.plan)
	if err != nil {
		return Leased{}, ExitUsage, err
	}
	r, err := a.ours()
	if err != nil {
		return Leased{}, exitOfHub(err), err
	}
	defer r.Close()
	out := Leased{ID: found[0].id, Hub: r.Name(), HubID: ids.of[found[0].id]}
	path, err := a.leaseFile(out)
	if err != nil {
		return out, ExitUnknown, err
	}
	if req.Release {
		err = a.release(ctx, r, ids.workstream, &out, path)
	} else {
		err = a.claim(ctx, r, ids.workstream, &out, path, req.TTL)
	}
	err = unsynced(err, out.ID, found[0].source.plan.ID.Text)
	return out, exitOfHub(err), err
}

func (a *App) claim(ctx context.Context, r *client.Client, workstream string, out *Leased, path string, ttl time.Duration) error {
	key, err := hubid.New()
	if err != nil {
		return err
	}
	var kept keptLease
	if text, err := os.ReadFile(path); err == nil && json.Unmarshal(text, &kept) == nil && kept.Fence > 0 {
		out.Lease, err = r.Renew(ctx, workstream, out.HubID, key, kept.Fence, ttl)
		var p *hub.Problem
		if err == nil {
			out.Renewed = true
			return nil
		}
		if !errors.As(err, &p) || p.Code != hub.CodeLeaseLost {
			return err
		}
		if key, err = hubid.New(); err != nil {
			return err
		}
	}
	if out.Lease, err = r.Claim(ctx, workstream, out.HubID, key, ttl); err != nil {
		return err
	}
	text, err := json.Marshal(keptLease{Hub: out.Hub, Task: out.HubID, Fence: out.Lease.Fence})
	if err != nil {
		return err
	}
	if err := disk.Put(path, append(text, '\n'), disk.Own{Perm: 0o600, Synced: true}); err != nil {
		return fmt.Errorf("the task is claimed until %s, and its number %d could not be kept: %w", out.Lease.ExpiresAt.Format(time.RFC3339), out.Lease.Fence, err)
	}
	return nil
}

func (a *App) release(ctx context.Context, r *client.Client, workstream string, out *Leased, path string) error {
	var kept keptLease
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil || json.Unmarshal(text, &kept) != nil || kept.Fence == 0 {
		return fmt.Errorf("%s was not claimed from here", out.ID)
	}
	key, err := hubid.New()
	if err != nil {
		return err
	}
	if out.Lease, err = r.Release(ctx, workstream, out.HubID, key, kept.Fence); err != nil {
		return err
	}
	os.Remove(path)
	return nil
}

// leaseFile is where the number of a lease is kept.
func (a *App) leaseFile(l Leased) (string, error) {
	st, err := a.State()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(st.Dir(), "leases")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(l.Hub + "\n" + l.HubID))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+".json"), nil
}
