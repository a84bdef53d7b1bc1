// Command bench measures crosswalk against what the machine can do at all, and
// prints ratios. Only ratios of one run mean anything: machines differ, and
// the same one differs from hour to hour.
//
//	what is measured          │ against
//	migrate MariaDB → hub     │ psql \copy of the same rows into the same tables
//	reconcile, nothing differs│ md5 over both tables, in both servers at once
//	diff of two CSV files     │ csvdiff, or reading both with encoding/csv
//
// Each pair is run in turn, several times, and medians are compared. Peak
// memory is that of the whole process, as the operating system counts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	var o options
	flag.StringVar(&o.binary, "crosswalk", "bin/crosswalk", "the binary to measure")
	flag.IntVar(&o.rows, "rows", 500_000, "rows of a normal day")
	flag.IntVar(&o.many, "many", 2_000_000, "rows to show that memory stays flat; 0 to leave out")
	flag.IntVar(&o.runs, "runs", 3, "runs of each measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type options struct {
	binary     string
	rows, many int
	runs       int
}

func run(ctx context.Context, o options) error {
	binary, err := filepath.Abs(o.binary)
	if err != nil {
		return err
	}
	o.binary = binary
	dir, err := os.MkdirTemp("", "crosswalk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// The servers' users must be able to reach their folders below.
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	var t table
	moves, err := measureMoves(ctx, o, dir, o.rows, &t)
	if err != nil {
		return err
	}
	diffs, err := measureDiff(ctx, o, dir, o.rows, &t)
	if err != nil {
		return err
	}
	if o.many > 0 {
		o.runs = 1
		manyMoves, err := measureMoves(ctx, o, dir, o.many, nil)
		if err != nil {
			return err
		}
		manyDiffs, err := measureDiff(ctx, o, dir, o.many, nil)
		if err != nil {
			return err
		}
		for name, few := range merged(moves, diffs) {
			many := merged(manyMoves, manyDiffs)[name]
			t.memory(name, few, many)
		}
	}
	t.print(os.Stdout)
	return nil
}

func merged(a, b map[string]usage) map[string]usage {
	all := map[string]usage{}
	for _, m := range []map[string]usage{a, b} {
		for name, u := range m {
			all[name] = u
		}
	}
	return all
}
