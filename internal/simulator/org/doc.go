// Package org is what a Salesforce org holds: objects, rows, and the rules that
// rows must keep. It knows nothing of HTTP; the protocols of the simulator speak
// to it, and it answers with the codes and messages of the platform.
//
//	Apply ──▶ names ─▶ values ─▶ references ─▶ required ─▶ unique ─▶ rules of the object ──▶ SQLite
//	Query ──▶ soql.Parse ─▶ checked against the objects ─▶ one SQL statement ──────────────▶ SQLite
//
// Rows stand in one SQLite file, a table for each object. All values are
// canonical text (see Cell), so nothing passes through a float.
//
// Time is whole seconds of the clock that the org is given, and its time zone
// is UTC. A change stamps its row with the time at which its transaction began;
// readers see it when the transaction ends (see Late).
//
// An Org is safe for concurrent use. Writers wait for each other; readers never
// wait, and each reads one consistent state.
package org
