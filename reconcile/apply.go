package reconcile

import (
	"context"
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
// get it when all rows stand (selfref.go).
type Applier struct {
	target  connectors.Target
	options ApplyOptions
	section Section
	group   *errgroup.Group
	ctx     context.Context // of the running group
	next    *chunk
	chunks  int // handed out so far, counted through all sections
	links   *links
	mu      sync.Mutex
	total   map[string]*Answers // by section and origin
}

// ApplyOptions tune an Applier. The zero value works.
type ApplyOptions struct {
	Workers int // chunks written at once; at most the target's Traits.Parallel
	Chunk   int // rows of a chunk; at most the target's Traits.MaxBatch
	TempDir string

	// Done reports the answers to a chunk that an earlier, interrupted
	// application of the same plan has written; the chunk is then left out.
	Done func(chunk int) (map[string]Answers, bool)

	// Checkpoint is called after a chunk is durable in the target, and never
	// before (invariant 7). Calls do not overlap.
	Checkpoint func(ctx context.Context, chunk int, answers map[string]Answers) error

	// Refused is called for each row that was not written as planned: stale,
	// rejected or unsure. Calls do not overlap.
	Refused func(section Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error

	// Wrote is called with the number of rows that a chunk settled.
	Wrote func(rows int)
}

// Answers count what became of planned changes.
type Answers struct {
	Created   int64 `json:"created"`
	Updated   int64 `json:"updated"`
	Deleted   int64 `json:"deleted"`
	Unchanged int64 `json:"unchanged"`
	Stale     int64 `json:"stale"`
	Rejected  int64 `json:"rejected"`
	Unsure    int64 `json:"unsure"`
}

// Complete reports whether every change was applied or needless.
func (a Answers) Complete() bool { return a.Stale+a.Rejected+a.Unsure == 0 }

// Plus returns the sum of a and b.
func (a Answers) Plus(b Answers) Answers {
	return Answers{a.Created + b.Created, a.Updated + b.Updated, a.Deleted + b.Deleted, a.Unchanged + b.Unchanged,
		a.Stale + b.Stale, a.Rejected + b.Rejected, a.Unsure + b.Unsure}
}

func (a *Answers) count(op connectors.Op, outcome connectors.Outcome) {
	switch outcome {
	case connectors.Applied:
		switch op {
		case connectors.Create:
			a.Created++
		case connectors.Update:
			a.Updated++
		case connectors.Delete:
			a.Deleted++
		}
	case connectors.Unchanged:
		a.Unchanged++
	case connectors.Stale:
		a.Stale++
	case connectors.Rejected:
		a.Rejected++
	default:
		a.Unsure++
	}
}

// AnswerKey names a section and origin in the maps of answers.
func AnswerKey(table, origin string) string { return table + "\x00" + origin }

// NewApplier makes an Applier. End it with Finish.
func NewApplier(target connectors.Target, options ApplyOptions) *Applier {
	traits := target.Traits()
	options.Workers = max(1, min(options.Workers, traits.Parallel))
	if options.Chunk <= 0 {
		options.Chunk = 10_000
	}
	if traits.MaxBatch > 0 {
		options.Chunk = min(options.Chunk, traits.MaxBatch)
	}
	return &Applier{target: target, options: options, total: map[string]*Answers{}}
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

// Change adds one change to the section.
func (a *Applier) Change(ctx context.Context, c *Change) error {
	if a.links != nil {
		deferred, err := a.links.split(c)
		if err != nil || deferred {
			return err
		}
	}
	return a.add(ctx, c, false)
}

// Finish writes what is left and returns the answers by AnswerKey.
func (a *Applier) Finish(ctx context.Context) (map[string]Answers, error) {
	err := a.finishSection(ctx)
	total := make(map[string]Answers, len(a.total))
	for key, answers := range a.total {
		total[key] = *answers
	}
	return total, err
}

// finishSection waits for all chunks, then writes the deferred pointers.
func (a *Applier) finishSection(ctx context.Context) error {
	if err := a.wait(ctx); err != nil {
		return err
	}
	if a.links == nil {
		return nil
	}
	links := a.links
	a.links = nil
	defer links.close()
	err := links.each(func(c *Change) error { return a.add(ctx, c, true) })
	if err != nil {
		a.wait(ctx)
		return err
	}
	return a.wait(ctx)
}

// wait hands out the last chunk and waits until all are written.
func (a *Applier) wait(ctx context.Context) error {
	if a.next != nil && a.next.rows.Len() > 0 {
		a.dispatch(ctx)
	}
	a.next = nil
	if a.group == nil {
		return nil
	}
	err := a.group.Wait()
	a.group = nil
	return err
}

func (a *Applier) add(ctx context.Context, c *Change, link bool) error {
	if a.next == nil {
		a.next = newChunk(a.section, link)
	}
	a.next.add(c)
	if a.next.rows.Len() >= a.options.Chunk {
		a.dispatch(ctx)
	}
	if a.ctx != nil && a.group != nil && a.ctx.Err() != nil {
		return a.wait(ctx)
	}
	return nil
}

// dispatch writes the chunk in the background, once a worker is free.
func (a *Applier) dispatch(ctx context.Context) {
	if a.group == nil {
		a.group, a.ctx = errgroup.WithContext(ctx)
		a.group.SetLimit(a.options.Workers)
	}
	c, number, groupCtx, links := a.next, a.chunks, a.ctx, a.links
	a.next = nil
	a.chunks++
	a.group.Go(func() error { return a.write(groupCtx, c, number, links) })
}

const (
	writeAttempts = 5
	writeBackoff  = 200 * time.Millisecond
)

// write applies one chunk and records what became of it.
func (a *Applier) write(ctx context.Context, c *chunk, number int, links *links) error {
	if a.options.Done != nil {
		if answers, done := a.options.Done(number); done {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.addTotals(answers)
			return a.relink(c, links, nil)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	var answers []connectors.Answer
	err := connectors.Retry(ctx, writeAttempts, writeBackoff, func() (err error) {
		answers, err = a.target.Write(ctx, &c.changes)
		return err
	})
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.record(ctx, c, number, answers, links)
}

// record counts answers, passes refused rows on and sets the checkpoint.
func (a *Applier) record(ctx context.Context, c *chunk, number int, answers []connectors.Answer, links *links) error {
	counts := map[string]Answers{}
	for i, answer := range answers {
		if links != nil && links.pending(c, i, answer) {
			continue // counted when its pointer is written
		}
		key := AnswerKey(c.section.Schema.Table, c.origin(i))
		sum := counts[key]
		sum.count(c.counted(i), answer.Outcome)
		counts[key] = sum
		if answer.Outcome != connectors.Applied && answer.Outcome != connectors.Unchanged && a.options.Refused != nil {
			if err := a.options.Refused(c.section, c.origin(i), c.section.Schema.KeyOf(c.rows.Row(i)), c.changes.Ops[i], answer); err != nil {
				return err
			}
		}
	}
	if err := a.relink(c, links, answers); err != nil {
		return err
	}
	a.addTotals(counts)
	if a.options.Wrote != nil {
		a.options.Wrote(len(answers))
	}
	if a.options.Checkpoint == nil {
		return nil
	}
	return a.options.Checkpoint(ctx, number, counts)
}

func (a *Applier) addTotals(answers map[string]Answers) {
	for key, n := range answers {
		if a.total[key] == nil {
			a.total[key] = &Answers{}
		}
		*a.total[key] = a.total[key].Plus(n)
	}
}

// relink keeps, for each row of the chunk that waits for its pointer, the
// change that will set it.
func (a *Applier) relink(c *chunk, links *links, answers []connectors.Answer) error {
	if links == nil {
		return nil
	}
	return links.keepAll(c, answers)
}
