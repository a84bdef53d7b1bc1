// Command bench measures crosswalk against what the machine can do at all, and
// prints ratios. Only ratios of one run mean anything: machines differ, and
// the same one differs from hour to hour.
//
//	what is measured          │ against
//	migrate MariaDB → hub     │ psql \copy of the same rows into the same tables
//	reconcile, nothing differs│ md5 over both tables, in both servers at once
//	diff of two CSV files     │ csvdiff, or reading both with encoding/csv
//	Bulk jobs of Salesforce   │ reading the same CSV from disk; a number of API calls
//
// Each pair is run in turn, several times, and medians are compared. Peak
// memory is that of the whole process, as the operating system counts it.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
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
	flag.StringVar(&o.only, "only", "", "measure only this: move, diff or salesforce")
	read := flag.String("read", "", "only read the assets of this file or org; for the bench itself")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var err error
	if *read != "" {
		err = readAll(ctx, *read)
	} else {
		err = run(ctx, o)
	}
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
	only       string
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
	few, err := measureTables(ctx, o, dir, o.rows, &t)
	if err != nil {
		return err
	}
	if o.wants("salesforce") {
		if err := measureSalesforce(ctx, o, dir, &t); err != nil {
			return err
		}
	}
	if o.many > 0 {
		o.runs = 1
		many, err := measureTables(ctx, o, dir, o.many, nil)
		if err != nil {
			return err
		}
		for name, u := range few {
			t.memory(name, u, many[name])
		}
	}
	t.print(os.Stdout)
	return nil
}

// wants reports whether something is to be measured.
func (o options) wants(what string) bool { return o.only == "" || o.only == what }

// measureTables measures what must not need more memory for more rows.
func measureTables(ctx context.Context, o options, dir string, rows int, t *table) (map[string]usage, error) {
	all := map[string]usage{}
	for _, part := range []struct {
		name    string
		measure func(context.Context, options, string, int, *table) (map[string]usage, error)
	}{{"move", measureMoves}, {"diff", measureDiff}} {
		if !o.wants(part.name) {
			continue
		}
		used, err := part.measure(ctx, o, dir, rows, t)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, used)
	}
	return all, nil
}
