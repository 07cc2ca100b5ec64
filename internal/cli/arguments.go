package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// wordArgs makes errors about the number of arguments show how the command is called.
func wordArgs(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		wordArgs(sub)
	}
	check := cmd.Args
	if check == nil {
		return
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		got := fmt.Sprintf("%d arguments", len(args))
		switch len(args) {
		case 0:
			got = "no argument"
		case 1:
			got = "1 argument"
		}
		if which, ok := errors.AsType[*noPlan](err); ok {
			if which.first != nil {
				return which.first
			}
			got += "; " + which.choice
		}
		return fmt.Errorf("wanted `%s`, found %s; see `%s --help`", strings.TrimSuffix(cmd.UseLine(), " [flags]"), got, cmd.CommandPath())
	}
}
