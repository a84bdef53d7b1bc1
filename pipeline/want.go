package pipeline

import (
	"context"
	"fmt"
	"sync"

	"crosswalk/connectors"
	"crosswalk/internal/spill"
	"crosswalk/mapping"
	"crosswalk/reconcile"
	"crosswalk/record"
)

// pass is one reading of everything that a flow wants. A comparison may need
// two; only the first keeps the account and records what was set aside.
type pass struct {
	flow     *flow
	job      *Job
	purpose  purpose
	accounts map[*part]*account
	asides   *asides
	mu       sync.Mutex
	held     *spill.Set // keys of rows set aside as undecided: their target rows stay
	claimed  *spill.Set // keys of rows of other product lines; nil if they cannot meet those of this one
}

// purpose says what a pass is for.
type purpose uint8

const (
	collecting purpose = iota // only learn which ids there will be
	counting                  // the pass that counts
	repeating                 // the same once more
)

func (f *flow) newPass(job *Job, purpose purpose, asides *asides) *pass {
	p := &pass{flow: f, job: job, purpose: purpose, asides: asides, accounts: map[*part]*account{}}
	for _, part := range f.parts {
		p.accounts[part] = newAccount()
	}
	return p
}

// open prepares one reader for each range of each part, in lanes that may be
// read at the same time.
func (p *pass) open(ctx context.Context) ([]record.Reader, error) {
	var readers []*wantReader
	for origin, part := range p.flow.parts {
		ranges, err := p.ranges(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("mapping %s: %w", part.file.Name, err)
		}
		for _, r := range ranges {
			readers = append(readers, p.reader(part, origin, r))
		}
	}
	return lanes(readers, max(1, p.job.Readers)), nil
}

// ranges cuts the table of a part, if its system can and more readers than
// one are wanted.
func (p *pass) ranges(ctx context.Context, part *part) ([]record.Range, error) {
	whole := []record.Range{{}}
	n := min(p.job.Readers, part.source.Traits().Parallel)
	partitioner, ok := part.source.(connectors.Partitioner)
	if !ok || n < 2 || part.file.Source.Query != "" {
		return whole, nil
	}
	ranges, err := partitioner.Partition(ctx, part.table, n)
	if err != nil || len(ranges) == 0 {
		return whole, err
	}
	return ranges, nil
}

// same reports whether two passes saw the same rows.
func (p *pass) same(other *pass) bool {
	for part, a := range p.accounts {
		if !a.same(other.accounts[part]) {
			return false
		}
	}
	return true
}

// wantReader maps the rows of one source reader and leaves out those that are
// not carried.
type wantReader struct {
	pass    *pass
	part    *part
	origin  int
	span    record.Range
	source  record.Reader // nil until the first Read
	mapper  *mapping.Mapper
	schema  *record.Schema
	in      record.Batch
	at      int
	mapped  record.Row // where the program's columns are not the flow's
	lost    record.Row // for the key of a row set aside
	account *account
	ids     []record.Digest
	done    bool
}

func (p *pass) reader(part *part, origin int, span record.Range) *wantReader {
	r := &wantReader{pass: p, part: part, origin: origin, span: span, mapper: part.program.Mapper(), account: newAccount()}
	r.schema = &record.Schema{Table: p.flow.schema.Table, Key: p.flow.schema.Key}
	r.schema.Fields = append(append(r.schema.Fields, p.flow.schema.Fields...),
		record.Field{Name: "origin", Type: record.Type{Kind: record.KindInt}}, record.Field{Name: "rank"})
	for i, at := range part.columns {
		if i != at || len(part.columns) != len(p.flow.schema.Fields) {
			r.mapped = make(record.Row, len(part.columns))
			break
		}
	}
	return r
}

func (r *wantReader) Schema() *record.Schema { return r.schema }

func (r *wantReader) Close() error {
	if r.source == nil {
		return nil
	}
	return r.source.Close()
}

// begin starts reading the source.
func (r *wantReader) begin(ctx context.Context) error {
	source, err := r.part.source.Read(ctx, connectors.Query{Table: r.part.table, Fields: r.part.program.Needs(), Range: r.span})
	if err != nil {
		return fmt.Errorf("mapping %s: %w", r.part.file.Name, err)
	}
	r.source = source
	return nil
}

// Read implements record.Reader.
func (r *wantReader) Read(ctx context.Context, b *record.Batch) error {
	if r.source == nil {
		if err := r.begin(ctx); err != nil {
			return err
		}
	}
	b.Reset(r.schema)
	for !b.Full() {
		if r.at >= r.in.Len() {
			if b.Len() > 0 && r.at > 0 {
				break // a batch out for each batch in keeps texts short-lived
			}
			if err := r.next(ctx); err != nil {
				return err
			}
		}
		row := r.in.Row(r.at)
		r.at++
		if err := r.mapRow(ctx, row, b); err != nil {
			return err
		}
	}
	return r.flushIDs()
}

// next reads the next batch of the source and accounts for what the source
// itself could not read as rows.
func (r *wantReader) next(ctx context.Context) error {
	r.at = 0
	for {
		if err := r.source.Read(ctx, &r.in); err != nil {
			r.finish()
			return err
		}
		r.account.read += int64(r.in.Len() + len(r.in.Rejects))
		if r.pass.purpose == counting {
			r.pass.job.Progress.Rows(r.in.Len() + len(r.in.Rejects))
		}
		for _, reject := range r.in.Rejects {
			r.account.unkeyed++
			r.account.setAside(mapping.Rejected, "unreadable")
			if err := r.record(ctx, reconcile.Aside{Key: reject.Where, Outcome: string(mapping.Rejected), Rule: "unreadable", Reason: reject.Reason, Input: r.part.shownText(reject.Input, r.pass.job.MaskKey)}); err != nil {
				return err
			}
		}
		if r.in.Len() > 0 {
			return nil
		}
	}
}

// finish adds the reader's account to the pass, once.
func (r *wantReader) finish() {
	if !r.done {
		r.done = true
		r.pass.accounts[r.part].add(r.account)
	}
}

// mapRow adds the mapped row to b, or sets it aside.
func (r *wantReader) mapRow(ctx context.Context, in record.Row, b *record.Batch) error {
	out := b.Add()
	width := len(r.pass.flow.schema.Fields)
	to := out[:width]
	if r.mapped != nil {
		to = r.mapped
	}
	v := r.mapper.Map(in, to)
	if v.Outcome == mapping.Carried && r.mapped != nil {
		for i, at := range r.part.columns {
			out[at] = r.mapped[i]
		}
	}
	if v.Outcome == mapping.Carried {
		if err := r.checkRefs(out, &v); err != nil {
			return err
		}
	}
	if v.Outcome != mapping.Carried {
		b.Drop()
		return r.setAside(ctx, in, v)
	}
	r.account.carried++
	out[width], out[width+1] = record.Int(int64(r.origin)), v.By
	if r.part.ids != nil && r.pass.purpose != collecting {
		r.ids = append(r.ids, identity(out, r.pass.flow.schema.Key))
	}
	return nil
}

// checkRefs sets a row aside if a row that it refers to is not carried.
func (r *wantReader) checkRefs(out record.Row, v *mapping.Verdict) error {
	for i := range r.part.refs {
		ref := &r.part.refs[i]
		if out[ref.column].IsNull() {
			continue
		}
		found, err := ref.target.ids.has(idOf(out[ref.column]))
		if err != nil {
			return err
		}
		if found {
			continue
		}
		if ref.Missing == mapping.Null {
			out[ref.column] = record.Null()
			continue
		}
		name := r.pass.flow.schema.Fields[ref.column].Name
		v.Outcome, v.Rule = ref.Missing, "reference "+name
		v.Reason = fmt.Sprintf("%s: the %s it refers to is not carried", name, ref.Entity)
		return nil
	}
	return nil
}

func (r *wantReader) setAside(ctx context.Context, in record.Row, v mapping.Verdict) error {
	r.account.setAside(v.Outcome, v.Rule)
	if err := r.keep(in, v); err != nil {
		return err
	}
	if r.pass.purpose != counting || v.Outcome == mapping.Excluded {
		return nil
	}
	return r.record(ctx, reconcile.Aside{
		Key: r.part.shownKey(v.Key, r.pass.job.MaskKey), Outcome: string(v.Outcome), Rule: v.Rule, Reason: v.Reason,
		Input: r.part.shownInput(r.in.Schema, in, v.Outcome, r.pass.job.MaskKey),
	})
}

// record passes a row that was set aside on to the run's recorder.
func (r *wantReader) record(ctx context.Context, row reconcile.Aside) error {
	if r.pass.purpose != counting {
		return nil
	}
	row.Entity, row.Source, row.Mapping = r.pass.flow.Table, r.part.file.Source.System, r.part.file.Name
	return r.pass.asides.add(ctx, row)
}

// keep remembers which row of the target a source row stands for that is not
// carried, but whose counterpart must stay: its fate is undecided, or it belongs
// to another product line.
func (r *wantReader) keep(in record.Row, v mapping.Verdict) error {
	var into *spill.Set
	undecided := v.Outcome == mapping.Quarantined || v.Outcome == mapping.Rejected
	switch {
	case undecided:
		into = r.pass.held
	case v.Rule == mapping.OtherLine:
		into = r.pass.claimed
	}
	if into == nil && !undecided {
		return nil
	}
	if r.lost == nil {
		r.lost = make(record.Row, len(r.part.columns))
	}
	known := r.mapper.Identify(in, r.lost, v)
	if !known && undecided {
		r.account.unkeyed++
	}
	if !known || into == nil {
		return nil
	}
	r.pass.mu.Lock()
	defer r.pass.mu.Unlock()
	return into.Add(identity(r.lost, r.part.program.Schema().Key))
}

func (r *wantReader) flushIDs() error {
	if len(r.ids) == 0 {
		return nil
	}
	err := r.part.ids.add(r.ids)
	r.ids = r.ids[:0]
	return err
}
