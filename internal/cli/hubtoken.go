package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) hubToken(database *string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "token", Short: "Make, list and revoke the tokens of a hub",
		Long: `A token says who asks, and what that one may do. Its role is one of

  reader    reads
  agent     also writes workstreams, tasks, questions, events and messages, and claims tasks
  verifier  an agent that also writes verdicts
  human     an agent that also resolves decisions
  admin     an agent that also gives back what others have claimed

These commands open the hub's database themselves; a hub that runs sees what they did at once.`,
	}
	cmd.AddCommand(c.tokenCreate(database), c.tokenList(database), c.tokenRevoke(database))
	return cmd
}

// tokenName is what a token may be called: it stands in everything that it writes.
var tokenName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,99}$`)

// maxDays keeps the end of a token within the calendar.
const maxDays = 36500

func (c *command) tokenCreate(database *string) *cobra.Command {
	var role string
	var t hub.Token
	var days int
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make a token, and show it once",
		Long:  "Create makes a token and prints it. The hub keeps only its hash: what is lost cannot be shown again.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t.Name, t.Role = args[0], hub.Role(role)
			if !tokenName.MatchString(t.Name) {
				return errors.New("a token's name has letters, digits, `.`, `_`, `@` and `-`, at most 100")
			}
			if role == "" {
				return errors.New("what may the token do? say it with --role: reader, agent, verifier, human or admin")
			}
			if !slices.Contains(hub.Roles, t.Role) {
				return fmt.Errorf("--role is reader, agent, verifier, human or admin, not %q", role)
			}
			for _, id := range t.Workstreams {
				if u, err := uuid.Parse(id); err != nil || u.String() != id {
					return fmt.Errorf("--workstream is a UUID in small letters, not %q", id)
				}
			}
			if days < 0 || days > maxDays {
				return fmt.Errorf("--days is from 0 to %d, not %d", maxDays, days)
			}
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			if days > 0 {
				end := s.Now().UTC().AddDate(0, 0, days)
				t.ExpiresAt = &end
			}
			text, made, err := s.CreateToken(cmd.Context(), t)
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			fmt.Fprintln(c.Stdout, text)
			fmt.Fprintf(c.Stderr, "token %s: %s, %s, %s; it is not shown again\n", made.ID, made.Name, made.Role, tokenEnd(made))
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&role, "role", "", "reader, agent, verifier, human or admin")
	f.StringSliceVar(&t.Workstreams, "workstream", nil, "ids of the only workstreams that it reaches")
	f.IntVar(&days, "days", 90, "how long it counts; 0 is for ever")
	var roles []string
	for _, r := range hub.Roles {
		roles = append(roles, string(r))
	}
	_ = cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roles, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func tokenEnd(t hub.Token) string {
	switch {
	case t.RevokedAt != nil:
		return "revoked " + t.RevokedAt.Format(time.DateOnly)
	case t.ExpiresAt != nil:
		return "until " + t.ExpiresAt.Format(time.DateOnly)
	}
	return "for ever"
}

// listedToken is a token with what it keeps in the database.
type listedToken struct {
	hub.Token
	StoredBytes int64 `json:"stored_bytes" doc:"how much it keeps in the database"`
}

func (c *command) tokenList(database *string) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List tokens, without their secrets", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			tokens, err := s.Tokens(cmd.Context())
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			kept, err := s.Stored(cmd.Context())
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			if c.output == "json" {
				list := []listedToken{}
				for _, t := range tokens {
					list = append(list, listedToken{t, kept[t.ID]})
				}
				return c.json(json.MarshalIndent(tokenList{view.JSONVersion, "HubTokens", list}, "", "  "))
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tNAME\tROLE\tCOUNTS\tKEEPS\tWORKSTREAMS")
			for _, t := range tokens {
				reach := "all"
				if len(t.Workstreams) > 0 {
					reach = strings.Join(t.Workstreams, ",")
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.1f MiB\t%s\n", t.ID, view.Safe(t.Name), view.Safe(string(t.Role)), tokenState(t, s.Now()), float64(kept[t.ID])/(1<<20), view.Safe(reach))
			}
			return w.Flush()
		},
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func tokenState(t hub.Token, now time.Time) string {
	if t.RevokedAt == nil && !t.Valid(now) {
		return "expired " + t.ExpiresAt.Format(time.DateOnly)
	}
	return tokenEnd(t)
}

func (c *command) tokenRevoke(database *string) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID...", Short: "End tokens at once", Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			for _, id := range args {
				if err := s.Revoke(cmd.Context(), id); err != nil {
					if errors.Is(err, store.ErrNoToken) {
						return err
					}
					return &exitError{code: app.ExitUnknown, err: err}
				}
				fmt.Fprintf(c.Stderr, "revoked: %s\n", view.Safe(id))
			}
			return nil
		},
	}
}

// tokenList is the document of a hub's tokens.
type tokenList struct {
	Version int           `json:"version" doc:"1: the version of the document"`
	Kind    string        `json:"kind" doc:"the kind of document"`
	Tokens  []listedToken `json:"tokens" doc:"the tokens, without their secrets"`
}
