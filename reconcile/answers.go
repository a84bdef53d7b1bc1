package reconcile

import "crosswalk/connectors"

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

func (a Answers) rows() int64 {
	return a.Created + a.Updated + a.Deleted + a.Unchanged + a.Stale + a.Rejected + a.Unsure
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
