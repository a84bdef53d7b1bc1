package ledger

import (
	"errors"
	"fmt"
	"time"
)

// Errors to test for with errors.Is.
var (
	ErrFull     = errors.New("the disk is full; nothing of this step was kept: free space and run the command again")
	ErrNewer    = errors.New("a newer version of the program has written it: use that version")
	ErrNotFound = errors.New("no such run")
	ErrFenced   = errors.New("the lease was lost to another process, so this one may not write any more: stop it and look at the runs")
	ErrEnded    = errors.New("the run has ended and takes no more rows")
	ErrPlan     = errors.New("the plan cannot be resumed: make a new plan")
)

// HeldError says that somebody else holds a lease.
type HeldError struct {
	Name, Holder string
	Since, Until time.Time // Until moves on as long as the holder renews
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is held by %s since %s: wait until it is done, or until %s should its process be gone",
		e.Name, e.Holder, e.Since.Format(time.RFC3339), e.Until.Format(time.RFC3339))
}

// TamperError says where the ledger does not agree with itself.
type TamperError struct {
	Entry int64  // of the chain: the first that does not fit
	What  string // what does not fit
}

func (e *TamperError) Error() string {
	return fmt.Sprintf("the ledger was changed: entry %d: %s", e.Entry, e.What)
}
