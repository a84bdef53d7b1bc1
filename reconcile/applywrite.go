package reconcile

import (
	"context"
	"fmt"
	"maps"
	"time"

	"crosswalk/connectors"
)

// write applies one chunk and, in its turn, tells what became of it.
func (a *Applier) write(ctx context.Context, c *chunk, number int, links *links, turn <-chan struct{}) error {
	earlier, done := a.earlier(number)
	known := done && !a.notes // nothing but the checkpoint tells the answers
	var answers []connectors.Answer
	if !known || c.twofold() {
		var err error
		if answers, err = a.send(ctx, c, number); err != nil {
			return err
		}
	}
	<-turn
	a.mu.Lock()
	defer a.mu.Unlock()
	if links != nil {
		if err := links.keepAll(c, answers); err != nil {
			return err
		}
	}
	if known {
		a.settle(earlier)
		return nil
	}
	return a.record(ctx, c, number, answers, earlier)
}

// earlier returns the answers to a chunk whose checkpoint is set.
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
func (a *Applier) send(ctx context.Context, c *chunk, number int) (answers []connectors.Answer, err error) {
	if a.notes {
		c.changes.Note = fmt.Sprint(a.options.Notes, "/", number)
	}
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

// record counts answers, passes refused rows on and sets the checkpoint, unless
// it is set already.
func (a *Applier) record(ctx context.Context, c *chunk, number int, answers []connectors.Answer, set map[string]Answers) error {
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
	if a.options.Checkpoint == nil || maps.Equal(counts, set) {
		return nil
	}
	return a.options.Checkpoint(context.WithoutCancel(ctx), number, counts)
}

func (a *Applier) refuse(c *chunk, i int, answer connectors.Answer) error {
	written := answer.Outcome == connectors.Applied || answer.Outcome == connectors.Unchanged
	if a.options.Refused == nil || written || c.pending(i, answer) {
		return nil
	}
	return a.options.Refused(c.section, c.origin(i), c.section.ShownKey(c.rows.Row(i), a.options.MaskKey), c.counted(i), answer)
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
