package bulk

// Faults decides what goes wrong with jobs. It is asked once for each job,
// when its work begins, from the goroutine of that job.
type Faults interface {
	Job(id, object, operation string) Fault
}

// Fault is what goes wrong with one job. The zero Fault is none.
type Fault struct {
	// Polls is how often the state of the job is at least found to be
	// InProgress, even if its work is done before: a client that gives up
	// waiting leaves rows behind that were written.
	Polls int

	// FailBatch is the internal batch, counted from 1, in which an ingest job
	// ends as Failed. The batches before it are applied; its own rows and
	// those behind it stay unprocessed. A query job ends as Failed with any
	// number above 0.
	FailBatch int

	// Locked tells whether a row of an ingest job, counted from 0, meets a
	// locked parent. It fails with UNABLE_TO_LOCK_ROW. Nil is none.
	Locked func(row int) bool
}
