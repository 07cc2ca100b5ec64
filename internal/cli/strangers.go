package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// trustFlags adds the flags that say whose plans these are, for commands that look at steps.
func (c *command) trustFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.policyFrom, "policy-from", "", "take grants also from .wpctl.yaml as it stands at this git revision; the one here can only narrow them")
	f.BoolVar(&c.untrusted, "untrusted", false, "the plans are a stranger's: look only at public addresses and files of the repository (default in a pull request from a fork); with --grant-run sh also run commands, confined")
}

func (c *command) checkTrustFlags(cmd *cobra.Command) error {
	return notEmpty(cmd, "policy-from")
}

// distrust takes the plans for a stranger's where the user says so, or where the job is about a fork.
func (c *command) distrust(cmd *cobra.Command, a *app.App) {
	flag := cmd.Flags().Lookup("untrusted")
	if flag == nil {
		return
	}
	if why := fork(c.Getenv); !flag.Changed && why != "" {
		fmt.Fprintf(c.Stderr, "this is %s: its plans are not trusted; --untrusted=false trusts them\n", why)
		c.untrusted = true
	}
	if !c.untrusted {
		return
	}
	var run []string
	if flag.Changed { // whoever writes both means strangers
		run = strings.FieldsFunc(c.flags["grant-run"], func(r rune) bool { return r == ',' })
	}
	for _, glob := range a.Distrust(run...) {
		fmt.Fprintf(c.Stderr, "the glob of plans %s leads out of the repository, and is not followed: its plans are not trusted\n", safe.Line(glob))
	}
}
