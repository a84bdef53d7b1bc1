package reconcile

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

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
// get it when all rows stand (selfref.go). What became of the chunks is told in
// their order, whichever was written first. After its first error an Applier
// writes nothing more and repeats the error. It belongs to one goroutine.
type Applier struct {
	target  connectors.Target
	options ApplyOptions
	notes   bool // the target keeps the answers to each chunk
	alone   bool // chunks are so large that memory has room for one
	section Section
	group   *errgroup.Group
	working context.Context // of group
	open    map[int]*chunk  // being filled, one for each origin, so that an answer belongs to one mapping
	chunks  int             // handed out so far, counted through all sections
	told    <-chan struct{} // closed when the last of them has told what became of it
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

	// Notes names this application of the plan in the target, if that can keep
	// the answers to its chunks (connectors.Noter). An application with the same
	// plan, Notes and Chunk, after one that was interrupted, then has the same
	// answers as if there had been no interruption.
	Notes string

	// Done reports the answers to a chunk whose checkpoint an earlier,
	// interrupted application of the same plan has set, with the same Chunk. If
	// the target keeps notes, that only spares the checkpoint. Otherwise they
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
	// rejected or unsure. Its key is as Section.ShownKey tells it.
	Refused func(section Section, origin string, key record.Row, op connectors.Op, answer connectors.Answer) error

	// MaskKey keys the digests that stand for masked values.
	MaskKey []byte

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
	a := &Applier{target: target, options: options, alone: traits.Chunk > 0, open: map[int]*chunk{}, total: map[string]Answers{}}
	if _, can := target.(connectors.Noter); can {
		a.notes = options.Notes != ""
	}
	first := make(chan struct{})
	close(first)
	a.told = first
	return a
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
	turn, told := a.told, make(chan struct{})
	a.chunks, a.told = number+1, told
	a.group.Go(func() error {
		defer close(told)
		return a.write(working, c, number, links, turn)
	})
}
