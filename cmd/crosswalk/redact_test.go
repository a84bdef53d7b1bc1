package main

import "testing"

func TestNoPasswordOfASideIsShown(t *testing.T) {
	for arg, want := range map[string]string{
		"csv:a?b@c.csv":                              "csv:a?b@c.csv",
		"sqlite:old.db#t":                            "sqlite:old.db#t",
		"postgres://me:secret@host:1/db#t":           "postgres://me:***@host:1/db#t",
		"postgres://me:se@cr#et@host/db#t":           "postgres://me:***@host/db#t",
		"postgres://host/db?user=me&password=s#t":    "postgres://host/db?***#t",
		"sqlserver://me:secret@host?database=d":      "sqlserver://me:***@host?***",
		"mysql://host/db#(SELECT a ? b FROM t)":      "mysql://host/db#(SELECT a ? b FROM t)",
		"postgres://host/db?password=s#(SELECT '@')": "postgres://host:***@')",
	} {
		if got := redact(arg); got != want {
			t.Errorf("%s is shown as %s, want %s", arg, got, want)
		}
	}
}
