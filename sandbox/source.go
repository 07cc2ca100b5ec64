// Package sandbox holds the sources of the control plane, so that the sandbox command can build it wherever it was installed.
package sandbox

import "embed"

// Source is what the control plane is built from, beside the modules that its go.mod names.
//
//go:embed go.mod go.sum cmd/controlplane/*.go internal/node/*.go
var Source embed.FS
