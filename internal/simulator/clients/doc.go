// Package clients holds the simulator against clients that were written for
// Salesforce by others: what they understand is more likely to be its protocol
// than what we think it is.
//
//	jsforce/scenario.js    jsforce of npm, on Node     ──┐
//	gosalesforce/main.go   go-salesforce, a module     ──┴──▶ simulator
//	                       of its own
//
// Each scenario prints one line of JSON for each step, and want.jsonl beside it
// is what it must print. jsforce is held to an older undici, with which it runs
// on Debian's Node as well.
package clients
