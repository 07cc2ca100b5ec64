package app

import (
	"runtime"

	"gitea.coulomb.social/coulomb/wpctl/internal/confine"
)

// lack is a guarantee of Linux that another system does not give.
type lack struct{ saw, do string }

// lacks are what is weaker on other systems, as docs/platforms.md has it.
var lacks = map[string][]lack{
	"darwin": {
		{
			"a program that leaves its process group outlives its command, and commands outlive a wpctl that is killed",
			"look for leftovers after a run that was killed, or run commands on Linux",
		},
		{
			"an editor that writes in place is noticed by the bytes of the file alone, and its ACLs and attributes are not kept",
			"let the editor save by renaming, as most do",
		},
		{
			"what a killed run left in a cluster is deleted when its time is over, and not as soon as the process is seen to be gone",
			"kubectl delete pod,job -l app.kubernetes.io/managed-by=wpctl",
		},
	},
	"windows": {
		{
			"there is no /bin/sh: steps that run commands (sh, and run in dryrun and secrets) are unknown",
			"run such plans in WSL or on Linux",
		},
		{
			"there are no process groups: of a program that is ended its children stay, and they outlive a wpctl that is killed",
			"run plans that call programs in WSL or on Linux",
		},
		{
			"plans are replaced by renaming, and a save at the very moment is not given back; hard links are not seen",
			"save and close a plan before a run writes into it",
		},
		{
			"that files are closed to others is left to the folder of your profile",
			"keep WPCTL_CONFIG_DIR and WPCTL_STATE_DIR inside of it",
		},
		{
			"what a killed run left in a cluster is deleted when its time is over, and not as soon as the process is seen to be gone",
			"kubectl delete pod,job -l app.kubernetes.io/managed-by=wpctl",
		},
	},
}

// platform tells what this machine lacks.
func platform() []Symptom {
	const about = "platform"
	var out []Symptom
	for _, l := range lacks[runtime.GOOS] {
		out = append(out, Symptom{About: about, Condition: Note, Saw: l.saw, Do: l.do})
	}
	if runtime.GOOS != "linux" && lacks[runtime.GOOS] == nil {
		out = append(out, Symptom{About: about, Condition: Note, Saw: "wpctl was never tried on " + runtime.GOOS, Do: "use Linux, macOS or Windows"})
	}
	if err := confine.Possible(); err != nil {
		return append(out, Symptom{About: about, Condition: Note, Saw: err.Error() + ": steps that say confine, and commands of strangers, are not run", Do: "run such plans on Linux from 6.2 on, with landlock"})
	}
	return append(out, fine(about, "commands can be confined"))
}
