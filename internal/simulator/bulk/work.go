package bulk

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// poll counts down what holds the job back. It needs Jobs.mu.
func (b *job) poll() {
	if b.state != inProgress || b.polls == 0 {
		return
	}
	b.polls--
	if b.polls == 0 {
		close(b.polled)
	}
}

func (j *Jobs) setState(k kind) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		var body struct{ State string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			return refuse(http.StatusBadRequest, "JSON_PARSER_ERROR", err.Error())
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		b, err := j.find(k, r)
		if err != nil {
			return err
		}
		if err := j.move(b, body.State); err != nil {
			return err
		}
		answer(w, http.StatusOK, b.info(j.opts.UserID))
		return nil
	}
}

// move does what a client may ask of a job. It needs Jobs.mu.
func (j *Jobs) move(b *job, state string) error {
	switch {
	case state == aborted && terminal(b.state):
		return badState("Aborting already Completed Job not allowed")
	case state == aborted:
		b.end(aborted, "", j.opts.Now())
	case state == uploadComplete && b.kind == ingest && b.state == open && !b.uploading:
		b.state, b.modified = uploadComplete, j.opts.Now()
		j.start(b, j.load)
	case state == uploadComplete && b.kind == ingest:
		return badState("Closing already Completed Job not allowed")
	default:
		return badState("Job state not supported: " + state)
	}
	return nil
}

func badState(message string) error {
	return refuse(http.StatusBadRequest, "INVALIDJOBSTATE", message)
}

// end needs Jobs.mu. A job that has ended stays as it is.
func (b *job) end(state, message string, now time.Time) {
	if terminal(b.state) {
		return
	}
	b.state, b.message, b.modified, b.finished = state, message, now, now
	if b.started.IsZero() {
		b.started = now
	}
	if b.cancel != nil {
		b.cancel()
	}
}

// work is what a job does, and how it ended.
type work func(context.Context, *job, Fault) (state, message string)

// start lets a goroutine do the work of a job. It needs Jobs.mu.
func (j *Jobs) start(b *job, work work) {
	ctx, cancel := context.WithCancel(j.ctx)
	done := make(chan struct{})
	b.cancel, b.done = cancel, done
	j.work.Go(func() {
		defer cancel()
		state, message, ok := j.perform(ctx, b, work)
		close(done)
		if !ok {
			return
		}
		select {
		case <-b.polled:
		case <-ctx.Done():
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		b.end(state, message, j.opts.Now())
	})
}

// perform works as soon as there is a slot. It is not ok if the job was
// aborted before that.
func (j *Jobs) perform(ctx context.Context, b *job, work work) (state, message string, ok bool) {
	select {
	case j.slots <- struct{}{}:
		defer func() { <-j.slots }()
	case <-ctx.Done():
		return "", "", false
	}
	fault, ok := j.begin(b)
	if !ok {
		return "", "", false
	}
	state, message = work(ctx, b, fault)
	return state, message, true
}

// begin moves a job to InProgress, unless it was aborted before.
func (j *Jobs) begin(b *job) (Fault, bool) {
	var fault Fault
	if j.opts.Faults != nil {
		fault = j.opts.Faults.Job(b.id, b.object, b.operation)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if terminal(b.state) {
		return fault, false
	}
	b.state, b.started = inProgress, j.opts.Now()
	b.modified = b.started
	b.polls, b.polled = fault.Polls, make(chan struct{})
	if b.polls == 0 {
		close(b.polled)
	}
	return fault, true
}
