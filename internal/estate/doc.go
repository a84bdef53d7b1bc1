// Package estate makes the sample estate: the legacy data of Corvane Software,
// a fictional vendor, and of Bryndal Analytics, the company it acquired.
//
//	seed ──▶ clean truth ──▶ corruption ──▶ legacy/licdb.sqlite   (licdb.sql for MariaDB)
//	              │               │         bryndal/*.xlsx, Renewals.csv
//	              │               │         salesforce/org.jsonl
//	              ▼               ▼
//	         truth.jsonl     defects.jsonl  expected_counts.json
//
// The one idea: the generator knows what is true, so it can say what a correct
// migration must do with each row. Every row is first made clean, then spoiled
// by a random source of its own, and each spoiled cell is written down with
// its true value. What the row should come to (migrated, merged, archived,
// excluded, quarantined, rejected) is decided here, from the truth and the
// defects alone, never by running a mapping; expected_counts.json is therefore
// a test of the mappings and of the program that runs them.
//
// Three sizes grow by ten: s has about 2,000 users and 8,500 licenses, m ten
// times and l a hundred times that. The same options give the same bytes in
// every file. Rates of defects stand in [Rates]; [docs/estate.md] tells the
// story of the two companies.
package estate
