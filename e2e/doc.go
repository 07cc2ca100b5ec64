// Package e2e is the end-to-end test of wpctl: `make e2e` runs it.
package e2e
