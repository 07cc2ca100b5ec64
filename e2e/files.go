// Package e2e holds the files of the end-to-end test: three repositories as they are before an application comes onto a
// cluster, and what is added to them on the way. `make e2e` runs the test.
package e2e

import "embed"

// Workspace holds the repositories: harbour-apps with the plans, the application's, and the platform's.
//
//go:embed all:workspace
var Workspace embed.FS

// Acts holds what is written into the repositories on the way, by act.
//
//go:embed all:acts
var Acts embed.FS
