package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) hubBackup(database *string) *cobra.Command {
	var over bool
	cmd := &cobra.Command{
		Use: "backup FILE", Short: "Write all that a hub keeps into a file, while it runs",
		Long: `Backup writes what the hub keeps at one moment into FILE: workstreams with all their records, answers, tokens (their
hashes, never the tokens) and the audit trail. Others may go on to write. The file is whole or not there; it is the
same for SQLite and PostgreSQL, and ends with a digest. FILE may be - for standard output.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			write := func(w io.Writer) error { return s.Backup(cmd.Context(), w) }
			if args[0] == "-" {
				err = write(c.Stdout)
			} else {
				err = wholeFile(args[0], over, write)
			}
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%s is there already: name another file, or give --overwrite", args[0])
			}
			if err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&over, "overwrite", false, "replace a file that is there")
	return cmd
}

// wholeFile writes a file that only its owner reads, whole or not at all, and has it on disk when it returns.
func wholeFile(path string, over bool, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil && !over {
		return fs.ErrExist
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // it has its name by then, or is of no use
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if over {
		err = os.Rename(f.Name(), path)
	} else {
		err = os.Link(f.Name(), path) // never over a file that somebody made meanwhile
	}
	if err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

func (c *command) hubRestore(database *string) *cobra.Command {
	var over, check bool
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Put a backup in place of what a hub keeps",
		Long: `Restore reads a file that wpctl hub backup has written, to its end, and puts it in place of all that the database
holds, or leaves the database as it is. A database that is not empty is refused without --overwrite; its audit trail is
kept, and tokens that were revoked stay revoked.

Afterwards the hub has another history for its clients: they read all again and send what the backup lacks. All leases
have ended. A hub on PostgreSQL may run meanwhile; one on SQLite waits until it is done.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in := io.Reader(c.Stdin)
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			if check {
				what, err := store.CheckBackup(cmd.Context(), in)
				return c.tellRestored("whole", what, err)
			}
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			what, err := s.Restore(cmd.Context(), in, over)
			if errors.Is(err, store.ErrNotEmpty) {
				return fmt.Errorf("%w: give --overwrite to lose what it holds", err)
			}
			return c.tellRestored("restored", what, err)
		},
	}
	cmd.Flags().BoolVar(&over, "overwrite", false, "lose what the database holds")
	cmd.Flags().BoolVar(&check, "check", false, "only say whether the file is whole")
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func (c *command) tellRestored(how string, what store.Restored, err error) error {
	if err != nil {
		return &exitError{code: app.ExitUnknown, err: err}
	}
	if c.output == "json" {
		return c.json(json.MarshalIndent(hubBackup{view.JSONVersion, "HubBackup", what}, "", "  "))
	}
	_, err = fmt.Fprintf(c.Stdout, "%s: %d workstreams, %d records, %d tokens, as of %s\n",
		how, what.Rows["streams"], what.Rows["records"], what.Rows["tokens"], what.CreatedAt.Format(time.RFC3339))
	return err
}

func (c *command) hubRenew(database *string) *cobra.Command {
	return &cobra.Command{
		Use: "renew", Short: "Say that a hub's database was restored by other means",
		Long: `Renew is for a database that was put back without wpctl hub restore, such as with pg_restore or by copying a file:
clients read all again, and all leases have ended, as after wpctl hub restore.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.openHub(cmd, *database)
			if err != nil {
				return err
			}
			defer s.Close()
			if err := s.Renew(cmd.Context()); err != nil {
				return &exitError{code: app.ExitUnknown, err: err}
			}
			return nil
		},
	}
}

// hubBackup is the document of a backup that was looked at, or put back.
type hubBackup struct {
	Version int            `json:"version" doc:"1: the version of the document"`
	Kind    string         `json:"kind" doc:"the kind of document"`
	Backup  store.Restored `json:"backup" doc:"what is in it"`
}
