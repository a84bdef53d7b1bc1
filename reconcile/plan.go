package reconcile

import (
	"context"
	"fmt"

	"crosswalk/connectors"
	"crosswalk/record"
)

// Plan is what a reviewer approves: the header of a plan file. It binds the
// changes to what they were decided from, so that nothing else can be applied
// under the same approval (invariants 3 and 8).
type Plan struct {
	Format   int    `json:"crosswalk_plan"` // PlanFormat
	Line     string `json:"line"`
	Target   string `json:"target"` // the system to write: hub, or one of the workspace
	Run      string `json:"run"`    // the ledger's name of the run that made it
	Created  string `json:"created"`
	Tool     string `json:"tool"`
	Encoding int    `json:"encoding"` // record.EncodingVersion
	Mapping  string `json:"mapping"`  // fingerprint of mappings and look-ups
	Scope    string `json:"scope"`    // fingerprint of line, systems and target
	MaskKey  string `json:"mask_key"` // which key masks values; not the key
}

// PlanFormat is the version of the plan file that this tool writes and reads.
const PlanFormat = 1

// Check reports why a plan cannot be applied by a tool with these bindings.
func (p Plan) Check(now Plan) error {
	differs := func(what, planned, current string) error {
		return fmt.Errorf("the plan was made for another %s (%s, now %s); make a new plan", what, planned, current)
	}
	switch {
	case p.Line != now.Line:
		return differs("product line", p.Line, now.Line)
	case p.Target != now.Target:
		return differs("target", p.Target, now.Target)
	case p.Encoding != now.Encoding:
		return differs("encoding", fmt.Sprint(p.Encoding), fmt.Sprint(now.Encoding))
	case p.Tool != now.Tool:
		return differs("version of crosswalk", p.Tool, now.Tool)
	case p.Mapping != now.Mapping:
		return differs("mapping", short(p.Mapping), short(now.Mapping))
	case p.Scope != now.Scope:
		return differs("scope (line, sources or target store)", short(p.Scope), short(now.Scope))
	}
	return nil
}

func short(hash string) string {
	if len(hash) > 12 {
		return hash[:12]
	}
	return hash
}

// Section introduces the changes of one table. A plan first creates and
// updates, in dependency order, and then deletes, in the reverse order.
type Section struct {
	Schema   *record.Schema
	Compared []int    // as in Spec
	Origins  []string // the mappings whose rows are wanted, by Change.Origin
	SelfRefs []int    // fields that point at rows of the same table
	Deletes  bool     // the section of deletes
}

// ShownKey is the key of a row as it may leave the process: masked parts are
// digests under maskKey, which without a key would be no mask.
func (s Section) ShownKey(row record.Row, maskKey []byte) record.Row {
	key := s.Schema.KeyOf(row)
	for i, f := range s.Schema.Key {
		switch {
		case !s.Schema.Fields[f].Masked:
		case len(maskKey) == 0:
			key[i] = record.Text("masked")
		default:
			key[i] = record.Text(record.Keyed(maskKey, key[i]))
		}
	}
	return key
}

// Change is one row to write.
type Change struct {
	Op     connectors.Op
	Row    record.Row    // as it should be; of a delete, as it is
	Before record.Digest // as the target holds it, over the compared fields; zero if it does not
	Was    record.Row    // as the target holds it, for people to read; nil for a create
	Fields []int         // an update's fields that differ
	Origin int

	whole     record.Row // a create's row with its pointers, while Row is without
	completes bool       // an update that ends the creation of its row
}

// Sink takes a plan, change by change: a file, or the target itself.
// Rows are valid during the call.
type Sink interface {
	Section(ctx context.Context, s Section) error
	Change(ctx context.Context, c *Change) error
}

// ChangeOf turns a finding into the change that removes it, if one does.
func ChangeOf(f *Finding, compared []int, scratch []byte) (Change, []byte, bool) {
	switch f.Kind {
	case Missing:
		return Change{Op: connectors.Create, Row: f.Want, Origin: f.Origin}, scratch, true
	case Changed:
		scratch = record.AppendFields(scratch[:0], f.Have, compared)
		return Change{Op: connectors.Update, Row: f.Want, Was: f.Have, Before: record.DigestOf(scratch), Fields: f.Fields, Origin: f.Origin}, scratch, true
	case Extra:
		scratch = record.AppendFields(scratch[:0], f.Have, compared)
		return Change{Op: connectors.Delete, Row: f.Have, Was: f.Have, Before: record.DigestOf(scratch)}, scratch, true
	}
	return Change{}, scratch, false
}
