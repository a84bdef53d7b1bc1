package ledger_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"crosswalk/ledger"
)

// A run that carries one part of a plan over, and sets one of its rows aside.
func Example() {
	if err := carry(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 20261121T193000Z-fleet-apply-01 pass: 10 rows read, 1 set aside
	// 3 entries, untouched
}

func carry(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "ledger")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "ledger.db")
	l, err := ledger.Open(ctx, ledger.Config{Driver: "sqlite", DSN: path, Now: func() time.Time { return evening }})
	if err != nil {
		return err
	}
	defer l.Close()
	lease, err := l.Acquire(ctx, "fleet", "ann@build7", time.Minute)
	if err != nil {
		return err // a *HeldError names who has it
	}
	held, stop := l.Keep(ctx, lease)
	defer stop()
	run, err := l.Begin(held, ledger.Run{Kind: "apply", Line: "fleet", Plan: "3f0c"}, lease)
	if err != nil {
		return err
	}
	// Here the target takes the rows and commits.
	counts := ledger.Counts{Source: "legacy.users", Read: 10, Created: 9, Rejected: 1}
	err = l.Checkpoint(held, run.ID, ledger.Part{
		Entity: "users", Number: 1, Counts: counts,
		SetAside: []ledger.SetAside{{Entity: "users", Source: "legacy.users", Key: "17", Outcome: "rejected", Rule: "name", Reason: "it has no name"}},
	})
	if err != nil {
		return err
	}
	counts.Entity = "users"
	run, err = l.Finish(held, run.ID, ledger.End{Verdict: ledger.Pass, Counts: []ledger.Counts{counts}})
	if err != nil {
		return err
	}
	fmt.Printf("%s %s: %d rows read, %d set aside\n", run.ID, run.Verdict, counts.Read, run.SetAside)
	if err := l.Release(ctx, lease); err != nil {
		return err
	}
	_, n, err := l.Verify(ctx, run.Head)
	if err == nil {
		fmt.Printf("%d entries, untouched\n", n)
	}
	return err
}
