package salesforce

import (
	"context"
	"fmt"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
	"crosswalk/record"
)

// drill is a Write of creates, updates and deletes to an org that goes wrong.
type drill struct {
	t       *testing.T
	lab     *lab
	fix     *conformance.Fixture
	changes *connectors.Changes
	before  map[string]record.Row
	wanted  map[string]record.Row
	order   []string // the keys of the changes
}

const (
	drillRows = 24
	drills    = 2 // of each fault, every other one by jobs; more find nothing new
)

// newDrill fills an org with rows, and plans a change of each and some more.
func newDrill(t *testing.T, fix *conformance.Fixture, o simulator.Options) *drill {
	ctx := context.Background()
	d := &drill{t: t, lab: newLab(t, o), fix: fix, before: map[string]record.Row{}, wanted: map[string]record.Row{}}
	if err := d.lab.accounts(ctx, "A-0", "A-1", "A-2"); err != nil {
		t.Fatal(err)
	}
	schema := d.fix.Schema
	name := schema.Index("Name")
	d.changes = &connectors.Changes{Rows: &record.Batch{Limit: drillRows}}
	d.changes.Rows.Reset(schema)
	for f := range schema.Fields {
		d.changes.Compared = append(d.changes.Compared, f)
	}
	var there []record.Row
	for i := range drillRows {
		row := d.fix.Row(i)
		key := schema.KeyOf(row)[0].AsText()
		op := []connectors.Op{connectors.Create, connectors.Update, connectors.Delete, connectors.Update}[i%4]
		var seen record.Digest
		if op != connectors.Create {
			there = append(there, d.fix.Row(i))
			d.before[key] = d.fix.Row(i)
			seen = record.DigestOf(record.AppendRow(nil, row))
		}
		if op == connectors.Update {
			row[name] = record.Text(fmt.Sprint("changed ", i))
		}
		if op != connectors.Delete {
			d.wanted[key] = row
		}
		copy(d.changes.Rows.Add(), row)
		d.changes.Ops = append(d.changes.Ops, op)
		d.changes.Before = append(d.changes.Before, seen)
		d.order = append(d.order, key)
	}
	if err := d.lab.apply(ctx, changes(schema, there)); err != nil {
		t.Fatal(err)
	}
	d.lab.ahead.Add(int64(time.Hour))
	return d
}

// write opens the org and writes as an Applier does: an error that may pass is
// tried again, a few times.
func (d *drill) write(c Config) (answers []connectors.Answer, err error) {
	ctx := context.Background()
	for range 5 {
		answers, err = d.writeOnce(ctx, c)
		if class := connectors.ClassOf(err); class != connectors.Transient && class != connectors.Throttled {
			break
		}
	}
	return answers, err
}

func (d *drill) writeOnce(ctx context.Context, c Config) ([]connectors.Answer, error) {
	o, err := d.lab.open(ctx, c)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	return o.Write(ctx, d.changes)
}

// stands reads the rows of the org behind the protocol.
func (d *drill) stands() map[string]string {
	rows, err := d.lab.Org().Query(context.Background(), "SELECT Entl_Key__c, Name FROM Asset", false)
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next(context.Background()) {
		cells := rows.Cells()
		if _, twice := all[cells[0].Text]; twice {
			d.t.Fatalf("%s is there twice", cells[0].Text)
		}
		all[cells[0].Text] = cells[1].Text
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return all
}

// check holds the answers against what stands in the org.
func (d *drill) check(answers []connectors.Answer, err error) {
	name := d.fix.Schema.Index("Name")
	shown := func(rows map[string]record.Row, key string) string {
		if row, ok := rows[key]; ok {
			return row[name].AsText()
		}
		return ""
	}
	stands := d.stands()
	for i, key := range d.order {
		before, wanted, now := shown(d.before, key), shown(d.wanted, key), stands[key]
		if now != before && now != wanted {
			d.t.Errorf("%s %s is %q: neither as before, %q, nor as wanted, %q", d.changes.Ops[i], key, now, before, wanted)
		}
		if err != nil {
			continue
		}
		switch a := answers[i]; a.Outcome {
		case connectors.Applied, connectors.Unchanged:
			if now != wanted {
				d.t.Errorf("%s %s is answered %s, and is %q instead of %q", d.changes.Ops[i], key, a.Outcome, now, wanted)
			}
		case connectors.Stale, connectors.Rejected:
			if now != before {
				d.t.Errorf("%s %s is answered %s (%s), and yet is %q instead of %q", d.changes.Ops[i], key, a.Outcome, a.Reason, now, before)
			}
		case connectors.Unsure:
			if a.Reason == "" {
				d.t.Errorf("%s is unsure without a reason", key)
			}
		default:
			d.t.Errorf("%s has no answer", key)
		}
		delete(stands, key)
	}
	if err == nil && len(stands) > 0 {
		d.t.Errorf("there are rows that nobody wrote: %v", stands)
	}
}

// rule is a fault that strikes now and then; alone, it strikes often.
func rule(kind faults.Kind, seed uint64, alone bool) faults.Rule {
	r := faults.Rule{Kind: kind, RetryAfter: time.Duration(seed%3) * time.Second}
	switch {
	case !alone && kind == faults.LimitReached:
		r.Every = 40 + int(seed%20)
	case !alone:
		r.Every = 3 + int(seed+uint64(len(kind)))%9
	case seed%3 == 0:
		r.First = 1 + int(seed%4)
	case seed%3 == 1:
		r.Every = 2 + int(seed%4)
	default:
		r.Probability = 0.3
	}
	switch kind {
	case faults.ClockShift:
		return faults.Rule{Kind: kind, By: time.Duration(int(seed%7)-3)*time.Hour + time.Second}
	case faults.LateCommit:
		r.By = 90 * time.Second
	case faults.SlowJob:
		r.Polls = int(seed % 4)
	case faults.Unavailable:
		r.HTML = seed%2 == 0
	}
	return r
}

// Whatever goes wrong, a Write ends in the wanted state, or says for which rows
// it does not, or that it failed.
func TestNoFaultLosesOrDoublesARow(t *testing.T) {
	t.Parallel()
	fix := fixture(t)
	for i, kinds := range append(single(), faults.Kinds()) {
		for n := range drills {
			seed, byJobs := uint64(i+n), n%2 == 1
			t.Run(fmt.Sprint(kinds, seed, byJobs), func(t *testing.T) {
				var rules []faults.Rule
				for _, kind := range kinds {
					rules = append(rules, rule(kind, seed, len(kinds) == 1))
				}
				d := newDrill(t, fix, simulator.Options{Seed: seed, Faults: rules})
				c := d.lab.config()
				if byJobs {
					c.BulkFrom = 1
				}
				d.check(d.write(c))
			})
		}
	}
}

// single lists each fault alone.
func single() [][]faults.Kind {
	var all [][]faults.Kind
	for _, kind := range faults.Kinds() {
		all = append(all, []faults.Kind{kind})
	}
	return all
}

// always is a fault that strikes each row of each write.
func always(kind faults.Kind) []faults.Rule {
	return []faults.Rule{{Kind: kind, Rows: 1}}
}
