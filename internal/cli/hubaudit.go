package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/user"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// local is who runs a command on the hub's database, as the audit trail names it.
func local() *store.Source {
	s := &store.Source{Address: "local", Name: "unknown"}
	if u, err := user.Current(); err == nil {
		s.Name = u.Username
	}
	return s
}

func (c *command) hubAudit(database *string) *cobra.Command {
	var which store.Trail
	var since, until string
	cmd := &cobra.Command{
		Use: "audit", Short: "Show who did what in a hub, and what was refused",
		Long: `Audit shows lines of the hub's audit trail, the newest last: when by the hub's clock, who, from where, what, and how
it ended. It tells of every change, every refusal of one, every refusal to read, and of commands on the database.
Like refusals of a few seconds are one line with a number. It opens the hub's database itself.`,
		Example: `  wpctl hub audit --since 24h --outcome refused
  wpctl hub audit --who ci -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			now := time.Now()
			if which.Since, err = moment("--since", since, now); err != nil {
				return err
			}
			if which.Until, err = moment("--until", until, now); err != nil {
				return err
			}
			if which.Limit < 1 {
				return errors.New("--limit is larger than 0")
			}
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			list, err := s.Audit(cmd.Context(), which)
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			if c.output == "json" {
				if list == nil {
					list = []hub.Entry{}
				}
				return c.json(json.MarshalIndent(auditList{view.JSONVersion, "HubAudit", list}, "", "  "))
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "WHEN\tWHO\tFROM\tWHAT\tOUTCOME")
			for i := range list {
				e := list[len(list)-1-i]
				outcome := e.Outcome
				if e.Times > 1 {
					outcome += fmt.Sprintf(" ×%d", e.Times)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.At.Format("2006-01-02 15:04:05"), view.Safe(whoOf(e)), view.Safe(e.Source), view.Safe(whatOf(e)), view.Safe(outcome))
			}
			return w.Flush()
		},
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "", "a time such as 2026-11-22T10:00:00Z, or how long ago: 24h, 30d")
	f.StringVar(&until, "until", "", "likewise")
	f.StringVar(&which.Who, "who", "", "the name or the id of a token, or the name of an account")
	f.StringVar(&which.Source, "from", "", "an address; local is commands")
	f.StringVar(&which.Action, "action", "", "such as create, update, claim, request, token-create, restore")
	f.StringVar(&which.Workstream, "workstream", "", "the id of a workstream")
	f.StringVar(&which.Record, "record", "", "the id of a record, or of a token that was made or revoked")
	f.StringVar(&which.Outcome, "outcome", "", "ok, refused, or the code of a refusal")
	f.IntVar(&which.Limit, "limit", 100, "at most so many lines")
	c.outputFlag(cmd, "text", "json")
	return cmd
}

// moment reads a time, or how long ago it was.
func moment(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	if ago, ok := strict.ParseDuration(text); ok && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, fmt.Errorf("%s is a time such as 2026-11-22T10:00:00Z, or how long ago, such as 24h or 30d", flag)
}

func whoOf(e hub.Entry) string {
	switch {
	case e.Name == "" && e.Token == "":
		return "-"
	case e.Token == "":
		return e.Name
	}
	return e.Name + " (" + e.Token + ")"
}

func whatOf(e hub.Entry) string {
	parts := []string{e.Action}
	for _, part := range []string{string(e.Kind), e.Record} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if e.Workstream != "" && e.Workstream != e.Record {
		parts = append(parts, "in", e.Workstream)
	}
	if e.Detail != "" {
		parts = append(parts, "("+e.Detail+")")
	}
	return strings.Join(parts, " ")
}

// auditList is the document of who did what in a hub.
type auditList struct {
	Version int         `json:"version" doc:"1: the version of the document"`
	Kind    string      `json:"kind" doc:"the kind of document"`
	Entries []hub.Entry `json:"entries" doc:"what was done, the newest first"`
}
