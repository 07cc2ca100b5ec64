package cli

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/validate/content"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

// rightsFlags are the flags of plan about rights.
type rightsFlags struct {
	rbac bool
	view.RightsOptions
}

func (f *rightsFlags) add(c *command, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.rbac, "rbac", false, "print the least Role and ClusterRole that the plans' steps need, as YAML")
	cmd.Flags().StringVar(&f.Role, "role", "wpctl", "with --rbac: what the roles are called")
	cmd.Flags().StringVar(&f.For, "for", "", "with --rbac: bind them to this user, or to system:serviceaccount:NAMESPACE:NAME")
	c.kubeFlags(cmd)
}

// without tells of flags that have an effect only with --rbac.
func (f *rightsFlags) without(cmd *cobra.Command) error {
	var given []string
	for _, name := range []string{"role", "for", "kubeconfig", "context", "as", "as-group", "namespace", "request-timeout"} {
		if fl := cmd.Flags().Lookup(name); fl != nil && fl.Changed {
			given = append(given, "--"+name)
		}
	}
	if given == nil {
		return nil
	}
	return errors.New(strings.Join(given, ", ") + " goes with --rbac: by itself plan asks no cluster")
}

// check tells of names that no role and no user has.
func (f *rightsFlags) check() error {
	if wrong := content.IsPathSegmentName(f.Role); f.Role == "" || len(wrong) > 0 {
		return errors.New("--role is the name of a role, such as wpctl")
	}
	if rest, ok := strings.CutPrefix(f.For, "system:serviceaccount:"); ok {
		if ns, name, two := strings.Cut(rest, ":"); !two || ns == "" || name == "" || strings.Contains(name, ":") {
			return errors.New("--for is a user, or system:serviceaccount:NAMESPACE:NAME")
		}
	}
	return nil
}

// rights prints the roles that plans need.
func (c *command) rights(cmd *cobra.Command, a *app.App, args []string, f rightsFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	r, err := a.Rights(cmd.Context(), args)
	if err != nil {
		return err
	}
	if c.output == "json" {
		err = c.json(view.RightsJSON(r, f.RightsOptions))
	} else {
		err = view.Rights(c.Stdout, r, f.RightsOptions)
	}
	if err == nil && len(r.Incomplete) > 0 {
		err = &exitError{app.ExitUnknown, errors.New("not all rights could be told: " + r.Incomplete[0])}
	}
	return err
}
