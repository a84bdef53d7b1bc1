// Command crosswalk carries a product line's users and entitlements from
// legacy systems into the entitlement store, and proves it.
package main

import "os"

func main() {
	os.Exit(newApp().run(os.Args[1:]))
}
