package board

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// heartbeat keeps streams open through what ends silent connections, and finds those whose reader has gone.
const heartbeat = 15 * time.Second

// pause is the least time between two things that a page is told.
const pause = time.Second

// liveOf is the stream of a plan, from a number on; liveAll that of all plans.
func liveOf(plan string, seq int64) string {
	return "/live?plan=" + url.QueryEscape(plan) + "&since=" + strconv.FormatInt(seq, 10)
}

func liveAll(mark int64) string { return "/live?since=" + strconv.FormatInt(mark, 10) }

// live tells a page, by server-sent events, that what it shows has changed. It says no more than that: the page asks
// for what it shows again.
func (s *Server) live(v *visit) error {
	plan := v.r.URL.Query().Get("plan")
	if plan != "" {
		v.r.SetPathValue("plan", plan)
		if _, err := s.planOf(v); err != nil {
			return err
		}
	}
	ctx, give, err := s.Gate.Stream(v.ctx(), v.who.ID)
	if err != nil {
		return err
	}
	defer give()
	since := v.r.Header.Get("Last-Event-Id")
	if since == "" {
		since = v.r.URL.Query().Get("since")
	}
	seen, err := strconv.ParseInt(since, 10, 64)
	if err != nil || seen < 0 {
		return hub.Refuse(hub.CodeInvalid, "since: wanted a number")
	}
	v.w.Header().Set("Content-Type", "text/event-stream")
	v.w.Header().Set("X-Accel-Buffering", "no")
	out := stream{v.w, http.NewResponseController(v.w)}
	if out.send(":\n\n") != nil {
		return nil
	}
	for ctx.Err() == nil {
		if t, err := s.Store.Session(ctx, v.session); err != nil || !t.Reaches(plan) && plan != "" {
			return nil
		}
		wait, stop := context.WithTimeout(ctx, heartbeat)
		now, err := s.newer(wait, v.who, plan, seen)
		stop()
		if err != nil {
			return nil //nolint:nilerr // the page asks again
		}
		text := ":\n\n"
		if now != seen {
			seen, text = now, fmt.Sprintf("event: change\nid: %d\ndata: %d\n\n", now, now)
		}
		if out.send(text) != nil {
			return nil
		}
		select { // also where nothing changed: a database that does not answer makes no wait
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// newer waits until something has changed and returns the new number, or the old one when the time is over.
func (s *Server) newer(ctx context.Context, who hub.Token, plan string, seen int64) (int64, error) {
	if plan == "" {
		return s.Store.WaitAny(ctx, who, seen), nil
	}
	s.Store.Wait(ctx, plan, seen)
	return s.Store.Seq(context.WithoutCancel(ctx), plan)
}

// stream writes server-sent events, each within a time: a reader that takes nothing is left.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

func (s stream) send(text string) error {
	if err := s.c.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.c.Flush()
}
