package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crosswalk/ledger"
)

func TestLeaseHasOneHolderAtATime(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		ann := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann@host", time.Minute))
		f.advance(59 * time.Second)
		_, err := f.open(t).Acquire(ctx, "fleet", "bob@host", time.Minute)
		var held *ledger.HeldError
		if !errors.As(err, &held) {
			t.Fatalf("a held lease gives %v", err)
		}
		want := &ledger.HeldError{Name: "fleet", Holder: "ann@host", Since: evening, Until: evening.Add(time.Minute)}
		if diff := cmp.Diff(want, held); diff != "" {
			t.Errorf("held (-want +got):\n%s", diff)
		}
		if !strings.Contains(err.Error(), "fleet is held by ann@host since 2026-11-21T19:30:00Z") {
			t.Errorf("message: %v", err)
		}
		other := must[*ledger.Lease](t)(f.Acquire(ctx, "dock", "bob@host", time.Minute))
		if ann.Fence != 1 || other.Fence != 1 {
			t.Errorf("first fences are %d and %d", ann.Fence, other.Fence)
		}
		ok(t, f.Release(ctx, ann))
		if bob := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "bob@host", time.Minute)); bob.Fence != 2 {
			t.Errorf("second fence is %d", bob.Fence)
		}
	})
}

func TestLeaseOfAHolderKnownToBeGoneIsFree(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		ann := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann", time.Hour))
		f.config.Gone = func(holder string) bool { return holder == "ann" }
		knowing := f.open(t)
		bob := must[*ledger.Lease](t)(knowing.Acquire(ctx, "fleet", "bob", time.Hour))
		if err := f.Check(ctx, ann); !errors.Is(err, ledger.ErrFenced) || bob.Fence != 2 {
			t.Errorf("ann may go on (%v) beside bob, whose fence is %d", err, bob.Fence)
		}
		if _, err := knowing.Acquire(ctx, "fleet", "eve", time.Hour); !errors.As(err, new(*ledger.HeldError)) {
			t.Errorf("the lease of a holder who runs gives %v", err)
		}
	})
}

func TestRenewedLeaseHoldsOn(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		ann := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann", time.Minute))
		f.advance(50 * time.Second)
		ok(t, f.Renew(ctx, ann))
		f.advance(50 * time.Second)
		if _, err := f.Acquire(ctx, "fleet", "bob", time.Minute); !errors.As(err, new(*ledger.HeldError)) {
			t.Errorf("a renewed lease gives %v", err)
		}
		f.advance(time.Hour)
		ok(t, f.Renew(ctx, ann)) // nobody has taken it
		ok(t, f.Check(ctx, ann))
	})
}

func TestZombieProcessIsFencedFromEveryWrite(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		zombie := f.worker(t, "zombie")
		for _, order := range []string{"acquire", "begin", "set aside", "part 1", "renew", "check"} {
			zombie.must(order)
		}
		if _, err := f.Acquire(ctx, "fleet", "heir", time.Minute); !errors.As(err, new(*ledger.HeldError)) {
			t.Fatalf("a lease held by another process gives %v", err)
		}
		f.advance(time.Minute) // the other process sleeps over its time
		if got := must[*ledger.Run](t)(f.Run(ctx, "last")); got.Verdict != ledger.Interrupted {
			t.Errorf("a run whose lease is over is shown as %s", got.Verdict)
		}
		heir := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "heir", time.Minute))
		if heir.Fence != 2 {
			t.Errorf("fence %d after a takeover", heir.Fence)
		}
		for _, order := range []string{"set aside", "find", "part 2", "finish", "renew", "check", "release", "begin"} {
			if got := zombie.do(order); got != "fenced" {
				t.Errorf("%s by a zombie: %s", order, got)
			}
		}
		ok(t, f.Check(ctx, heir))
		got := must[*ledger.Run](t)(f.Run(ctx, "last"))
		if got.Verdict != ledger.Interrupted || got.SetAside != 2 || got.Message != "it stopped without an end; heir took over fleet" {
			t.Errorf("the run of the zombie: %+v", got)
		}
		_, _, err := f.Verify(ctx)
		ok(t, err)
	})
}

func TestTwoProcessesNeverHoldALeaseAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		a, b := f.worker(t, "a"), f.worker(t, "b")
		a.tell("compete")
		b.tell("compete")
		if a, b := a.answer(), b.answer(); a != "ok" || b != "ok" {
			t.Fatalf("a: %s; b: %s", a, b)
		}
		runs := must[[]*ledger.Run](t)(f.Runs(t.Context(), ledger.RunFilter{}))
		if len(runs) != 20 {
			t.Fatalf("%d runs", len(runs))
		}
		for i, r := range runs { // newest first
			if r.Verdict != ledger.Pass || r.Fence != int64(20-i) || r.SetAside != 1 {
				t.Errorf("run %d: %+v", i, r)
			}
		}
		// Begin and end alternate in the chain only if no two runs overlap.
		raw := f.raw(t)
		for n := range 40 {
			var line string
			ok(t, raw.QueryRow(fmt.Sprint("SELECT entry FROM ledger_chain WHERE n = ", n+1)).Scan(&line))
			if begins := strings.Contains(line, `"begin":`); begins != (n%2 == 0) {
				t.Fatalf("entry %d: %s", n+1, line)
			}
		}
		_, _, err := f.Verify(t.Context())
		ok(t, err)
	})
}

func TestReleaseInterruptsAnOpenRun(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		lease := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann", time.Minute))
		run := must[*ledger.Run](t)(f.Begin(ctx, applyRun, lease))
		ok(t, f.Release(ctx, lease))
		got := must[*ledger.Run](t)(f.Run(ctx, run.ID))
		if got.Verdict != ledger.Interrupted || got.Message != "it stopped without an end; ann gave fleet back" {
			t.Errorf("%+v", got)
		}
		if err := f.Release(ctx, lease); !errors.Is(err, ledger.ErrFenced) {
			t.Errorf("a second release gives %v", err)
		}
	})
}

func TestRunWithoutLeaseCountsAsDeadAfterADay(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		f.begin(t, "plan")
		for wait, want := range map[time.Duration]ledger.Verdict{
			0: ledger.Running, 23 * time.Hour: ledger.Running, 24 * time.Hour: ledger.Interrupted,
		} {
			f.clock.now = evening.Add(wait)
			runs := must[[]*ledger.Run](t)(f.Runs(t.Context(), ledger.RunFilter{Verdict: want}))
			if len(runs) != 1 {
				t.Errorf("after %s it is not %s", wait, want)
			}
		}
	})
}

func TestKeptLeaseEndsItsContextWhenItIsLost(t *testing.T) {
	onEach(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		lease := must[*ledger.Lease](t)(f.Acquire(ctx, "fleet", "ann", 30*time.Millisecond))
		held, stop := f.Keep(ctx, lease)
		defer stop()
		f.advance(time.Hour)
		for { // the renewals of ann and the takeover by bob race
			_, err := f.Acquire(ctx, "fleet", "bob", time.Minute)
			if err == nil {
				break
			}
			if !errors.As(err, new(*ledger.HeldError)) {
				t.Fatal(err)
			}
			f.advance(time.Hour)
		}
		<-held.Done()
		if err := context.Cause(held); !errors.Is(err, ledger.ErrFenced) {
			t.Errorf("cause: %v", err)
		}
	})
}

func TestKeptLeaseIsStillHeldAfterStop(t *testing.T) {
	f := newFixture(t, databases[0].config(t))
	lease := must[*ledger.Lease](t)(f.Acquire(t.Context(), "fleet", "ann", time.Minute))
	held, stop := f.Keep(t.Context(), lease)
	ok(t, held.Err())
	stop()
	stop()
	if held.Err() == nil {
		t.Error("the context outlives stop")
	}
	ok(t, f.Release(t.Context(), lease))
}

func TestLeaseIsNotKeptByALedgerThatHangs(t *testing.T) {
	f := newFixture(t, databases[0].config(t))
	lease := must[*ledger.Lease](t)(f.Acquire(t.Context(), "fleet", "ann", 30*time.Millisecond))
	other := must[*sql.Conn](t)(f.raw(t).Conn(t.Context()))
	_, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE") // the ledger waits for it to end
	ok(t, err)
	held, stop := f.Keep(t.Context(), lease)
	defer stop()
	<-held.Done()
	if err := context.Cause(held); !strings.Contains(err.Error(), "renew fleet: no answer") {
		t.Errorf("cause: %v", err)
	}
	_, err = other.ExecContext(t.Context(), "ROLLBACK")
	ok(t, err)
}

func TestLeaseThatCannotBeRenewedEndsItsContext(t *testing.T) {
	f := newFixture(t, databases[0].config(t))
	lease := must[*ledger.Lease](t)(f.Acquire(t.Context(), "fleet", "ann", 30*time.Millisecond))
	held, stop := f.Keep(t.Context(), lease)
	defer stop()
	ok(t, f.Close())
	<-held.Done()
	if err := context.Cause(held); err == nil || !strings.Contains(err.Error(), "renew fleet") {
		t.Errorf("cause: %v", err)
	}
}
