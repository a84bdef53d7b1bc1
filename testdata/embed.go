// Package testdata holds the sample workspace, which the commands init and
// demo copy.
package testdata

import "embed"

// Workspace is the folder workspace: crosswalk.yaml, the registry files,
// look-ups and mappings of three product lines of the sample estate.
//
//go:embed workspace
var Workspace embed.FS
