package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/report"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/view"
)

func (c *command) verify() *cobra.Command {
	var req app.VerifyRequest
	var verbose bool
	var asked []string
	cmd := &cobra.Command{
		Use:   "verify [PLAN...]",
		Short: "Test all that plans claim to be done, and write nothing",
		Long: `Verify looks at the steps of all tasks, whatever they need: a task that is done must still hold, and so must
the own steps of a plan that is finished. Tasks that hold and are not done are told as well.
Without arguments it is all plans of the workspace; those that are archived or cancelled are left out.

It writes no plan and changes nothing: steps that run code are not looked at, unless you have granted their kind
with --grant-run or in your own configuration; those that have an effect or write to a cluster never are.
What is no claim has no say in the exit code, unless --strict is given.`,
		Example: `  wpctl verify
  wpctl verify --since origin/main
  wpctl verify APP-WP-0001 --strict -o json`,
		ValidArgsFunction: c.completePlans,
	}
	f := cmd.Flags()
	f.BoolVar(&req.Strict, "strict", false, "fail also on claims without proof, on words that are not signed, and on what could be done")
	f.StringVar(&req.Since, "since", "", "only plans that were touched since the branch left this git revision")
	f.Var(durationFlag{&req.MaxAge}, "max-age", "take over what an earlier run saw to hold, where it is younger, such as 24h or 7d")
	f.BoolVarP(&verbose, "verbose", "v", false, "show all that was looked at")
	f.StringArrayVar(&asked, "report", nil, reportUsage)
	f.String("cluster", "", "the cluster of steps that name none: a name of the configuration")
	c.trustFlags(cmd)
	c.kubeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := notEmpty(cmd, "since"); err != nil {
			return err
		}
		if req.MaxAge < 0 || cmd.Flags().Changed("max-age") && req.MaxAge == 0 {
			return fmt.Errorf("--max-age is a time such as 24h, not %s", req.MaxAge)
		}
		to, err := c.parseReports(asked)
		if err != nil {
			return err
		}
		if err := c.checkTrustFlags(cmd); err != nil {
			return err
		}
		given, err := clusterFlags(cmd)
		if err != nil {
			return err
		}
		req.Plans, req.Args, req.Flags = args, c.Args, given
		return c.doVerify(cmd, req, to, verbose)
	}
	c.outputFlag(cmd, "text", "json")
	return cmd
}

func (c *command) doVerify(cmd *cobra.Command, req app.VerifyRequest, to *reports, verbose bool) error {
	a, err := c.app(cmd)
	if err != nil {
		return to.unwired(cmd.Context(), "verify", err)
	}
	defer a.Close()
	req.Parallelism = a.Config.Parallelism
	progress := c.progress()
	if !progress.live { // thousands of lines that nobody reads
		progress = c.silent()
	}
	req.Notify = progress.Notify
	res, err := a.Verify(cmd.Context(), req)
	progress.Close()
	return c.conclude(cmd.Context(), a, to, ending{
		RunResult: res.RunResult, verb: "verify",
		tell:   func() error { return c.tellVerify(res, verbose) },
		report: func() report.Run { return report.OfVerify(res, a.Version, site(a)) },
		json:   func() ([]byte, error) { return view.VerifyJSON(res, verifyInfo(res)) },
	}, err)
}

func (c *command) tellVerify(res app.VerifyResult, verbose bool) error {
	info := verifyInfo(res)
	if c.output == "json" {
		return c.json(view.VerifyJSON(res, info))
	}
	o := c.style(c.Stdout)
	o.Verbose = verbose
	return view.Verify(c.Stdout, res, info, o)
}

func verifyInfo(res app.VerifyResult) view.RunInfo {
	waits := map[string]bool{}
	for _, c := range res.Claims {
		waits[c.Task.ID] = c.Made
	}
	next := signatures(res.Report, func(t *runner.TaskReport) bool { return waits[t.ID] })
	if len(next) == 0 && res.Exit == app.ExitNothing {
		next = firstStep(res.Report)
	}
	return view.RunInfo{Exit: res.Exit, Record: res.ID, Next: next}
}

// silent is progress that shows nothing.
func (c *command) silent() *progress {
	return &progress{short: map[string]string{}, start: func() view.Progress { return view.Silent{} }}
}

// clusterFlags returns the flags about the default cluster that were given.
func clusterFlags(cmd *cobra.Command) (out []string, err error) {
	names := []string{"cluster", "context", "namespace", "server", "user", "as", "as-uid", "as-group", "client-certificate", "client-key"}
	for _, name := range names {
		if cmd.Flags().Changed(name) {
			out = append(out, "--"+name)
		}
	}
	return out, notEmpty(cmd, names...)
}
