package reconcile

// Report is what a run did and found: one value from which the text, JSON,
// CSV, XLSX and HTML forms are made, so that they cannot disagree. Lists are
// in a fixed order; the same inputs give the same bytes (invariant 10).
// Masked values stand in it only as keyed digests.
type Report struct {
	Format   int    `json:"crosswalk_report"` // ReportFormat
	Run      string `json:"run"`
	Kind     string `json:"kind"` // plan, apply, migrate, reconcile
	Line     string `json:"line"`
	LineName string `json:"line_name"`
	Target   string `json:"target"`  // the system compared or written: hub, or one of the workspace
	Verdict  string `json:"verdict"` // pass, drift, incomplete, refused, error
	Message  string `json:"message"` // the verdict in one sentence
	Started  string `json:"started"` // RFC 3339, UTC
	Finished string `json:"finished"`
	Tool     string `json:"tool"`
	Encoding int    `json:"encoding"`
	Mapping  string `json:"mapping"` // fingerprints
	Scope    string `json:"scope"`
	Plan     string `json:"plan,omitempty"` // hash of the plan applied or made
	Head     string `json:"ledger_head"`    // of the ledger when the run began

	Counts     []Counts    `json:"counts"`
	Reasons    []Reason    `json:"reasons"`
	Soft       []SoftCount `json:"equal_by_rule"`
	Withheld   []Withheld  `json:"withheld"`
	Invariants []Invariant `json:"invariants"`
	NotChecked []string    `json:"not_checked"` // what this run says nothing about

	FindingCount int64        `json:"finding_count"`
	Findings     []Difference `json:"findings"` // the first MaxListed; all are in the ledger
	RefusedCount int64        `json:"refused_count"`
	Refused      []Refused    `json:"refused"`   // the first MaxListed
	SetAside     []Aside      `json:"set_aside"` // the first few of each reason

	Calls []Calls `json:"calls,omitempty"` // to the systems that count them
}

// ReportFormat is the version of the report's shape.
const ReportFormat = 1

// MaxListed bounds the rows that a report lists one by one.
const MaxListed = 1000

// Calls is what a run used of a system that grants only so many calls a day.
type Calls struct {
	System string `json:"system"`
	Calls  int    `json:"calls"` // by this run
	Used   int    `json:"used"`  // of the day's, by everybody, as the system last said
	Limit  int    `json:"limit"` // a day; 0 if the system did not say
}

// Counts is the account of one mapping's rows in one run.
type Counts struct {
	Entity  string `json:"entity"`  // the target table
	Source  string `json:"source"`  // the system
	Mapping string `json:"mapping"` // empty for rows of a system that no mapping of the line reads

	Read        int64 `json:"read"`
	Created     int64 `json:"created"`
	Updated     int64 `json:"updated"`
	Deleted     int64 `json:"deleted"`
	Unchanged   int64 `json:"unchanged"`
	Merged      int64 `json:"merged"`
	Archived    int64 `json:"archived"`
	Excluded    int64 `json:"excluded"`
	Quarantined int64 `json:"quarantined"`
	Rejected    int64 `json:"rejected"`
	Stale       int64 `json:"stale"`
	Unsure      int64 `json:"unsure"`
	Missing     int64 `json:"missing"` // wanted and not there; in a migration, after it
	Extra       int64 `json:"extra"`   // there and not wanted
	Changed     int64 `json:"changed"`
	Shifted     int64 `json:"shifted"`  // those of Changed that are of ClassDateConvention
	Withheld    int64 `json:"withheld"` // extra rows that no plan would delete
	Adds        bool  `json:"identity_holds"`
}

// Settle works out Adds: whether every row read is in exactly one count
// (invariant 1). For a run that writes,
//
//	read = created + updated + unchanged + stale + unsure
//	     + merged + archived + excluded + quarantined + rejected
//
// and for one that only compares, missing and changed stand where created and
// updated are. Deleted and extra rows were not read from a source.
func (c *Counts) Settle(writes bool) {
	moved := c.Missing + c.Changed
	if writes {
		moved = c.Created + c.Updated + c.Stale + c.Unsure
	}
	c.Adds = c.Read == moved+c.Unchanged+c.Merged+c.Archived+c.Excluded+c.Quarantined+c.Rejected
}

// Plus returns the sum of two accounts under the name of the first.
func (c Counts) Plus(d Counts) Counts {
	c.Read += d.Read
	c.Created += d.Created
	c.Updated += d.Updated
	c.Deleted += d.Deleted
	c.Unchanged += d.Unchanged
	c.Merged += d.Merged
	c.Archived += d.Archived
	c.Excluded += d.Excluded
	c.Quarantined += d.Quarantined
	c.Rejected += d.Rejected
	c.Stale += d.Stale
	c.Unsure += d.Unsure
	c.Missing += d.Missing
	c.Extra += d.Extra
	c.Changed += d.Changed
	c.Shifted += d.Shifted
	c.Withheld += d.Withheld
	c.Adds = c.Adds && d.Adds
	return c
}

// Total sums the counts of a report.
func (r *Report) Total() Counts {
	total := Counts{Adds: true}
	for _, c := range r.Counts {
		total = total.Plus(c)
	}
	return total
}

// Reason counts rows set aside by one rule.
type Reason struct {
	Entity  string `json:"entity"`
	Mapping string `json:"mapping"`
	Outcome string `json:"outcome"` // archived, excluded, quarantined, rejected
	Rule    string `json:"rule"`
	Rows    int64  `json:"rows"`
}

// SoftCount counts rows that are equal in one column only by its lossy rule.
type SoftCount struct {
	Entity string `json:"entity"`
	Column string `json:"column"`
	Rows   int64  `json:"rows"`
}

// Withheld says why extra rows of a table are not proposed for deletion.
type Withheld struct {
	Entity string `json:"entity"`
	Rows   int64  `json:"rows"`
	Reason string `json:"reason"`
	Gate   bool   `json:"gate"` // an operator may lift it
}

// Invariant is the result of one named check of the target.
type Invariant struct {
	Name       string   `json:"name"`
	Title      string   `json:"title"`
	Violations int64    `json:"violations"`
	Examples   []string `json:"examples,omitempty"`
}

// Difference is one finding as reports and the ledger keep it.
type Difference struct {
	Entity  string        `json:"entity"`
	Kind    string        `json:"kind"`            // missing, extra, changed
	Class   string        `json:"class,omitempty"` // ClassDateConvention, if all that differs is dates by one day
	Key     string        `json:"key"`
	Source  string        `json:"source_key,omitempty"`
	Mapping string        `json:"mapping,omitempty"`
	Fields  []FieldChange `json:"fields,omitempty"`
}

// FieldChange is how one column differs: what it should be and what it is, in
// the canonical spelling; nil is null.
type FieldChange struct {
	Name string  `json:"name"`
	Want *string `json:"want"`
	Have *string `json:"have"`
}

// Refused is a planned change that was not carried out.
type Refused struct {
	Entity  string `json:"entity"`
	Key     string `json:"key"`
	Op      string `json:"op"`
	Outcome string `json:"outcome"` // stale, rejected, unsure
	Reason  string `json:"reason"`
}

// Aside is a source row that is not carried, and why.
type Aside struct {
	Entity  string `json:"entity"`
	Source  string `json:"source"`
	Mapping string `json:"mapping"`
	Key     string `json:"key"` // the source's own key, or file and line of what is no row
	Outcome string `json:"outcome"`
	Rule    string `json:"rule"`
	Reason  string `json:"reason"`
	Input   string `json:"input,omitempty"` // the columns that were read, as JSON
}
