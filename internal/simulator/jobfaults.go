package simulator

import (
	"net/http"
	"strings"

	"crosswalk/internal/simulator/bulk"
	"crosswalk/internal/simulator/faults"
)

// jobFaults lets the rules of faults strike Bulk jobs.
type jobFaults struct{ injector *faults.Injector }

// Job decides what goes wrong with a job.
func (f jobFaults) Job(_, _, operation string) bulk.Fault {
	path := "/jobs/ingest"
	if strings.HasPrefix(operation, "query") {
		path = "/jobs/query"
	}
	var fault bulk.Fault
	if rule, hit := f.injector.Strike(faults.SlowJob, http.MethodPost, path); hit {
		fault.Polls = orElse(rule.Polls, 3)
	}
	if rule, hit := f.injector.Strike(faults.FailedBatch, http.MethodPost, path); hit {
		fault.FailBatch = orElse(rule.Batch, 1)
	}
	if rule, hit := f.injector.Strike(faults.RowLock, http.MethodPost, path); hit {
		fault.Locked = func(int) bool { return f.injector.Pick(rule) }
	}
	return fault
}

func orElse(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
