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

type messagesJSON struct {
	header
	Messages []messageJSON `json:"messages" doc:"the messages"`
}

type messageJSON struct {
	ID     string    `json:"id" doc:"its id in the hub"`
	Plan   string    `json:"plan" doc:"the id of the plan that it is about"`
	Task   string    `json:"task" doc:"the full id of the task; empty where it is about the whole plan"`
	By     string    `json:"by" doc:"who said it"`
	At     time.Time `json:"at" doc:"when"`
	To     []string  `json:"to" doc:"to whom; none: to everybody"`
	Text   string    `json:"text" doc:"what was said"`
	ReadBy []string  `json:"readBy" doc:"who acknowledged it"`
}

// MessagesJSON is messages as a document.
func MessagesJSON(list []app.Message) ([]byte, error) {
	return marshal(messagesJSON{head("HubMessages"), each(list, func(m app.Message) messageJSON {
		return messageJSON{m.ID, m.Plan, m.Task, m.By, m.At.UTC(), all(m.To), m.Text, all(m.ReadBy)}
	})})
}
