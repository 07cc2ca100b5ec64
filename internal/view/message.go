package view

import (
	"cmp"
	"io"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Messages writes messages of a hub: of each who said it to whom about what, its text, and who acknowledged it.
func Messages(w io.Writer, list []app.Message, o Options) error {
	p := newPrinter(w, o)
	for i, m := range list {
		if i > 0 {
			p.put("")
		}
		to := "everybody"
		if len(m.To) > 0 {
			to = strings.Join(m.To, ", ")
		}
		p.hang(p.bold(Safe(cmp.Or(m.Task, m.Plan)))+"  ", 2, Safe(m.By+" to "+to+", "+p.local(m.At).Format("2006-01-02 15:04")), "")
		for line := range strings.Lines(m.Text) {
			p.hang("  ", 2, Safe(strings.TrimRight(line, "\r\n")), "")
		}
		read := "acknowledged by nobody"
		if len(m.ReadBy) > 0 {
			read = "acknowledged by " + strings.Join(m.ReadBy, ", ")
		}
		p.hang("  ", 2, Safe(read+"; "+m.ID), "")
	}
	return p.flush()
}

// MessagesJSON is messages as a document.
func MessagesJSON(list []app.Message) ([]byte, error) {
	type message struct {
		ID     string    `json:"id"`
		Plan   string    `json:"plan"`
		Task   string    `json:"task"`
		By     string    `json:"by"`
		At     time.Time `json:"at"`
		To     []string  `json:"to"`
		Text   string    `json:"text"`
		ReadBy []string  `json:"readBy"`
	}
	out := struct {
		header
		Messages []message `json:"messages"`
	}{header: head("HubMessages"), Messages: []message{}}
	for _, m := range list {
		out.Messages = append(out.Messages, message{m.ID, m.Plan, m.Task, m.By, m.At.UTC(), orNone(m.To), m.Text, orNone(m.ReadBy)})
	}
	return marshal(out)
}

// orNone is a list that is [] in JSON where it is empty.
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
