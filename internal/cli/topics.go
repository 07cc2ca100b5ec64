package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

func exitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit codes mean",
		Long: `The first of these that applies, in the order 129/130/143, 2, 4, 1, 3, 8, 6, 5, 0:

  0    everything that was to be looked at was, and holds
  1    a check failed, or differences were found
  2    usage, or an invalid plan
  3    could not find out, or could not read or write a file
  4    not authenticated
  5    nothing was proven: no claim, no step, nothing selected, or nothing that counts as proof
  6    a conflict is left (sync only)
  8    waiting for people: for a sign-off, a decision, or the name of the cluster that a plan is about;
       or claims not checked because of policy
  129  ended by SIGHUP
  130  ended by SIGINT
  143  ended by SIGTERM`,
	}
}

func environment() *cobra.Command {
	return &cobra.Command{
		Use:   "environment",
		Short: "Which environment names wpctl reads",
		Long: `KUBECONFIG            kubeconfig files, as kubectl reads them
WPCTL_CONFIG_DIR      folder of your own configuration (default $XDG_CONFIG_HOME/wpctl or ~/.config/wpctl)
WPCTL_STATE_DIR       folder of run records, trust and sign-offs (default $XDG_STATE_HOME/wpctl or ~/.local/state/wpctl)
WPCTL_CACHE_DIR       folder of caches (default $XDG_CACHE_HOME/wpctl or ~/.cache/wpctl)
WPCTL_LOG             log level: trace, debug, info, warn, error
WPCTL_LOG_PATH        file that logs are appended to instead of stderr
WPCTL_HUB_DATABASE    database of wpctl hub, instead of --database
WPCTL_HUB_BASE        address of the state hub, instead of hub.base
WPCTL_HUB_TOKEN       token for the hub at WPCTL_HUB_BASE, and for no other one
WPCTL_<SETTING>       a setting of .wpctl.yaml, see wpctl config view --show-origin
NO_COLOR, FORCE_COLOR, CLICOLOR, CLICOLOR_FORCE
CI                    no prompts, no live view
HTTP_PROXY, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE`,
	}
}

// help tells about a command or a topic.
func help(cmd *cobra.Command, args []string) error {
	root := cmd.Root()
	found, _, err := root.Find(args)
	if found == nil || err != nil {
		var names []string
		for _, sub := range root.Commands() {
			if sub.IsAvailableCommand() || sub.IsAdditionalHelpTopicCommand() {
				names = append(names, sub.Name())
			}
		}
		return fmt.Errorf("no help on %q; %s", args[0], diag.OneOf(args[0], names))
	}
	found.InitDefaultHelpFlag()
	found.InitDefaultVersionFlag()
	return found.Help()
}
