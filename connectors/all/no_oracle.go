//go:build !oracle

package all

import "crosswalk/connectors"

// addOracle adds nothing: the driver would add 15 MB to every build. Builds
// with the tag oracle have it.
func addOracle(*connectors.Registry) {}
