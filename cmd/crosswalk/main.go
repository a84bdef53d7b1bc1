// Command crosswalk carries a product line's users and entitlements from
// legacy systems into the entitlement store, and proves it.
package main

import (
	"os"
	"runtime/debug"
)

// The heap is small and full of short-lived rows, so collecting it half as
// often saves a tenth of the time; the limit keeps the memory flat all the
// same.
const (
	collectAtGrowth = 200       // percent
	softLimit       = 160 << 20 // bytes
)

func main() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(collectAtGrowth)
		debug.SetMemoryLimit(softLimit)
	}
	os.Exit(newApp().run(os.Args[1:]))
}
