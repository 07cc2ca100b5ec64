// Package sandbox holds the sources of the programs of a cluster, so that the sandbox command can build them wherever it was installed.
package sandbox

import "embed"

// ControlPlane is what the control plane and the process node are built from, beside the modules that its go.mod names.
//
//go:embed go.mod go.sum cmd/controlplane/*.go internal/node/*.go
var ControlPlane embed.FS

// RealNode is what the programs of a real node are built from.
//
//go:embed go.mod go.sum cmd/realnode/*.go internal/images/*.go internal/clusterdns/*.go
var RealNode embed.FS

// Hello is what the program in the smallest images is built from.
//
//go:embed go.mod go.sum cmd/hello/*.go
var Hello embed.FS
