package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func asked(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	c, err := New(srv.URL, "wph_secret", "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func said(kind hub.Kind, id string, seq int, body any) map[string]any {
	return map[string]any{"id": id, "kind": kind, "workstream": "w", "seq": seq, "body": body}
}

// TestMessages takes the newest by the hub's order, whatever their ids and parts; of other records nothing.
func TestMessages(t *testing.T) {
	c := asked(t, func(w http.ResponseWriter, r *http.Request) {
		records, after := []map[string]any{}, ""
		switch {
		case strings.HasSuffix(r.URL.Path, "/receipts"):
			for i := range 2 * maxReaders {
				records = append(records, said(hub.KindReceipt, fmt.Sprint("r", i), i, map[string]any{"message": "ffff", "by": fmt.Sprint("name", i)}))
			}
			records = append(records, said(hub.KindReceipt, "r", 1, map[string]any{"message": "0000", "by": "ada"}))
		case r.URL.Query().Get("after") == "":
			records = append(records, said(hub.KindMessage, "ffff", 1, map[string]any{"text": "a late clock"}), said(hub.KindMessage, "0001", 3, map[string]any{"text": "the newest"}))
			after = "0001"
		default:
			records = append(records, said(hub.KindMessage, "0000", 2, map[string]any{"text": "an early clock"}), said(hub.KindEvent, "eeee", 9, map[string]any{"text": "an event"}))
			foreign := said(hub.KindMessage, "dddd", 8, map[string]any{"text": "of another plan"})
			foreign["workstream"] = "x"
			records = append(records, foreign)
		}
		json.NewEncoder(w).Encode(map[string]any{"records": records, "after": after})
	})
	texts := func(most int) (out []string) {
		t.Helper()
		list, err := c.Messages(t.Context(), "w", most)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list {
			out = append(out, fmt.Sprint(m.Text, " ", len(m.ReadBy)))
		}
		return out
	}
	if got, want := texts(10), []string{"a late clock 1000", "an early clock 1", "the newest 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
	if got, want := texts(1), []string{"the newest 0"}; !slices.Equal(got, want) {
		t.Errorf("%q, wanted %q", got, want)
	}
	m, err := c.Newest(t.Context(), "w", func(m Message) bool { return strings.Contains(m.Text, "clock") })
	if err != nil || m == nil || m.Text != "an early clock" || !slices.Equal(m.ReadBy, []string{"ada"}) {
		t.Error(m, err)
	}
	if m, err := c.Newest(t.Context(), "w", func(Message) bool { return false }); m != nil || err != nil {
		t.Error(m, err)
	}
}

// TestEndless ends with a list that does not, and takes no answer for another.
func TestEndless(t *testing.T) {
	parts := 0
	c := asked(t, func(w http.ResponseWriter, _ *http.Request) {
		parts++
		json.NewEncoder(w).Encode(map[string]any{"records": []any{said(hub.KindMessage, fmt.Sprint(parts), parts, map[string]any{"text": "again"})}, "after": fmt.Sprint(parts)})
	})
	if list, err := c.Messages(t.Context(), "w", 5); err == nil || len(list) != 0 || parts != maxPages {
		t.Error(len(list), err, parts)
	}
	for name, answer := range map[string]string{
		"another kind":    `{"id":"m","kind":"event","workstream":"w","body":{}}`,
		"another message": `{"id":"n","kind":"message","workstream":"w","body":{}}`,
		"another text":    `{"id":"m","kind":"message","workstream":"w","body":{"text":7}}`,
		"nothing":         `{}`,
	} {
		c := asked(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(answer)) })
		if _, err := c.Message(t.Context(), "w", "m"); err == nil || strings.Contains(err.Error(), "json:") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFindMany asks for all ids that a hub can have, in addresses that are not too long for what stands before it.
func TestFindMany(t *testing.T) {
	got, longest := map[string]bool{}, 0
	c := asked(t, func(w http.ResponseWriter, r *http.Request) {
		ids := r.URL.Query()["id"]
		for _, id := range ids {
			got[id] = true
		}
		if longest = max(longest, len(r.RequestURI)); len(ids) > maxFind {
			t.Errorf("%d ids at once", len(ids))
		}
		w.Write([]byte(`{"found":[]}`))
	})
	ids := []string{strings.Repeat("x", maxID+1), "\xff", "a b&id=c"}
	for i := range 500 {
		ids = append(ids, fmt.Sprintf("P-%d", i), strings.Repeat("ä", maxID-10)+fmt.Sprint(i))
	}
	if _, err := c.Find(t.Context(), ids...); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(ids)-2 || !got["a b&id=c"] || longest > 6<<10 {
		t.Errorf("%d of %d ids, the longest address has %d bytes", len(got), len(ids), longest)
	}
}
