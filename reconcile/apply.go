package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Applier is the Sink that writes to a target.
//
//	Change ─▶ chunk ─▶ Write ─▶ answers ─▶ checkpoint
//	          chunk ─▶ Write ─▶ answers ─▶ checkpoint    (Workers at a time)
//
// Each row is guarded by what the plan saw of it, so a row that moved since is
// answered Stale and left alone (invariants 3 and 4). A section is finished
// before the next begins, so parents stand before their children. Rows that
// point at rows of the same table are written without the pointer first, and
// get it when all rows stand (selfref.go). After its first error an Applier
// writes nothing more and repeats the error. It belongs to one goroutine.
type Applier struct {
	target  connectors.Target
	options ApplyOptions
	alone   bool // chunks are so large that memory has room for one
	section Section
	group   *errgroup.Group
	working context.Context // of group
	open    map[int]*chunk  // being filled, one for each origin, so that an answer belongs to one mapping
	chunks  int             // handed out so far, counted through all sections
	links   *links
	err     error // the first
	mu      sync.Mutex
	total   map[string]Answers // by section and origin
}

// ApplyOptions tune an Applier. The zero value works. Of the functions, only
// calls of Allow may overlap with other calls.
type ApplyOptions struct {
	Workers int // chunks written at once; at most the target's Traits.Parallel, and 1 if it has a Traits.Chunk
	Chunk   int // rows of a chunk; at most the target's Traits.MaxBatch; 0 for its Traits.Chunk, or else 10,000
	TempDir string

	// Done reports the answers to a chunk that an earlier, interrupted
	// application of the same plan has written, with the same Chunk. They
	// count, and the chunk is left out; or, if it holds rows that wait for
	// their pointer, written once more, which changes nothing.
	Done func(chunk int) (map[string]Answers, bool)

	// Allow is asked before each Write whether this process still may.
	Allow func(ctx context.Context) error

	// Checkpoint is called after a chunk is durable in the target, and never
	// before (invariant 7). A chunk is of one section and origin. The context is not canceled with the others, for
	// what was written must not be forgotten.
	Checkpoint func(ctx context.Context, chunk int, answers map[string]Answers) error

	// Refused is called for each row that was not written as planned: stale,
	// rejected or unsure.
	Refused func(section Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error

	// Wrote is called with the number of rows that a chunk settled.
	Wrote func(rows int)
}

// NewApplier makes an Applier. End it with Finish, or with Stop if the changes
// could not be passed on to their end.
func NewApplier(target connectors.Target, options ApplyOptions) *Applier {
	traits := target.Traits()
	options.Workers = max(1, min(options.Workers, traits.Parallel))
	if options.Chunk <= 0 {
		options.Chunk = cmp.Or(traits.Chunk, 10_000)
	}
	if traits.Chunk > 0 {
		options.Workers = 1
	}
	if traits.MaxBatch > 0 {
		options.Chunk = min(options.Chunk, traits.MaxBatch)
	}
	return &Applier{target: target, options: options, alone: traits.Chunk > 0, open: map[int]*chunk{}, total: map[string]Answers{}}
}

// Section finishes the section before and begins another.
func (a *Applier) Section(ctx context.Context, s Section) error {
	if err := a.finishSection(ctx); err != nil {
		return err
	}
	a.section = s
	if len(s.SelfRefs) > 0 && !s.Deletes {
		a.links = newLinks(s, a.options.TempDir)
	}
	return nil
}

// Change adds one change to the section. The change is copied.
func (a *Applier) Change(ctx context.Context, c *Change) error {
	if a.links != nil && a.err == nil {
		now, err := a.links.split(c)
		if err != nil {
			return a.join(err)
		}
		if now == nil {
			return nil
		}
		c = now
	}
	return a.add(ctx, c, false)
}

// Finish writes what is left and returns the answers by AnswerKey. If there
// was an error, they are those that came before it.
func (a *Applier) Finish(ctx context.Context) (map[string]Answers, error) {
	err := a.finishSection(ctx)
	return maps.Clone(a.total), err
}

var errStopped = errors.New("applying was stopped")

// Stop waits for the chunks that are being written and drops the rest: the
// part of a chunk must not be written under the number of the whole.
// After it, nothing can be written.
func (a *Applier) Stop() {
	clear(a.open)
	_ = a.join(errStopped)
	if a.links != nil {
		a.links.close()
		a.links = nil
	}
}

// join waits until no chunk is being written and returns the first error there
// ever was. An error of a chunk goes before err, since it canceled the others.
func (a *Applier) join(err error) error {
	if a.group != nil {
		err = cmp.Or(a.group.Wait(), err)
		a.group = nil
	}
	a.err = cmp.Or(a.err, err)
	return a.err
}

// finishSection waits for all chunks, then writes the deferred pointers.
func (a *Applier) finishSection(ctx context.Context) error {
	err := a.wait(ctx)
	if a.links == nil {
		return err
	}
	links := a.links
	a.links = nil
	defer links.close()
	if err != nil {
		return err
	}
	if err := links.each(func(c *Change) error { return a.add(ctx, c, true) }); err != nil {
		return a.join(err)
	}
	return a.wait(ctx)
}

// wait hands out the last chunks and waits until all are written.
func (a *Applier) wait(ctx context.Context) error {
	for _, origin := range slices.Sorted(maps.Keys(a.open)) {
		if a.err == nil {
			a.dispatch(ctx, a.open[origin])
		}
	}
	clear(a.open)
	return a.join(nil)
}

func (a *Applier) add(ctx context.Context, c *Change, link bool) error {
	if a.err != nil {
		return a.err
	}
	if a.group != nil && a.working.Err() != nil {
		return a.join(a.working.Err())
	}
	filling := a.open[c.Origin]
	if filling == nil {
		filling = newChunk(a.section, link)
		a.open[c.Origin] = filling
	}
	filling.add(c)
	if filling.rows.Len() >= a.options.Chunk {
		delete(a.open, c.Origin)
		a.dispatch(ctx, filling)
		if a.alone {
			return a.join(nil)
		}
	}
	return nil
}

// dispatch writes the chunk in the background, once a worker is free.
func (a *Applier) dispatch(ctx context.Context, c *chunk) {
	if a.group == nil {
		a.group, a.working = errgroup.WithContext(ctx)
		a.group.SetLimit(a.options.Workers)
	}
	number, working, links := a.chunks, a.working, a.links
	a.chunks++
	a.group.Go(func() error { return a.write(working, c, number, links) })
}

// write applies one chunk and records what became of it.
func (a *Applier) write(ctx context.Context, c *chunk, number int, links *links) error {
	earlier, done := a.earlier(number)
	if done && !c.twofold() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.settle(earlier)
		return nil
	}
	answers, err := a.send(ctx, c)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if links != nil {
		if err := links.keepAll(c, answers); err != nil {
			return err
		}
	}
	if done {
		a.settle(earlier)
		return nil
	}
	return a.record(ctx, c, number, answers)
}

// earlier returns the answers to a chunk that is known to be written.
func (a *Applier) earlier(number int) (map[string]Answers, bool) {
	if a.options.Done == nil {
		return nil, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.options.Done(number)
}

const (
	writeAttempts = 5
	writeBackoff  = 200 * time.Millisecond
)

// send has the target write a chunk.
func (a *Applier) send(ctx context.Context, c *chunk) (answers []connectors.Answer, err error) {
	err = connectors.Retry(ctx, writeAttempts, writeBackoff, func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if a.options.Allow != nil {
			if err := a.options.Allow(ctx); err != nil {
				return err
			}
		}
		answers, err = a.target.Write(ctx, &c.changes)
		return err
	})
	if err == nil && len(answers) != c.rows.Len() {
		err = fmt.Errorf("write %s: the target answered for %d of %d rows; what became of the others is unknown: make a new plan", c.section.Schema.Table, len(answers), c.rows.Len())
	}
	return answers, err
}

// record counts answers, passes refused rows on and sets the checkpoint.
func (a *Applier) record(ctx context.Context, c *chunk, number int, answers []connectors.Answer) error {
	counts := map[string]Answers{}
	for i, answer := range answers {
		key := AnswerKey(c.section.Schema.Table, c.origin(i))
		sum := counts[key]
		if !c.pending(i, answer) { // or it counts when its pointer is written
			sum.count(c.counted(i), answer.Outcome)
		}
		counts[key] = sum
		if err := a.refuse(c, i, answer); err != nil {
			return err
		}
	}
	a.settle(counts)
	if a.options.Checkpoint == nil {
		return nil
	}
	return a.options.Checkpoint(context.WithoutCancel(ctx), number, counts)
}

func (a *Applier) refuse(c *chunk, i int, answer connectors.Answer) error {
	written := answer.Outcome == connectors.Applied || answer.Outcome == connectors.Unchanged
	if a.options.Refused == nil || written || c.pending(i, answer) {
		return nil
	}
	return a.options.Refused(c.section, c.origin(i), c.section.Schema.KeyOf(c.rows.Row(i)), c.counted(i), answer)
}

// settle adds the answers to a chunk to the totals.
func (a *Applier) settle(answers map[string]Answers) {
	rows := int64(0)
	for key, n := range answers {
		a.total[key] = a.total[key].Plus(n)
		rows += n.rows()
	}
	if a.options.Wrote != nil {
		a.options.Wrote(int(rows))
	}
}
