package estate

import (
	"encoding/json"
	"os"
)

// Counts says what must become of the rows that one mapping reads. Read is
// the sum of the others.
type Counts struct {
	Target      string `json:"target"`
	Source      string `json:"source"`
	Read        int    `json:"read"`
	Migrated    int    `json:"migrated"`
	Merged      int    `json:"merged"`
	Archived    int    `json:"archived"`
	Excluded    int    `json:"excluded"`
	Quarantined int    `json:"quarantined"`
	Rejected    int    `json:"rejected"`
}

// outcome is what must become of one row.
type outcome uint8

const (
	migrated outcome = iota
	merged
	archived
	excluded
	quarantined
	rejected
)

func (c *Counts) add(o outcome, n int) {
	c.Read += n
	switch o {
	case migrated:
		c.Migrated += n
	case merged:
		c.Merged += n
	case archived:
		c.Archived += n
	case excluded:
		c.Excluded += n
	case quarantined:
		c.Quarantined += n
	case rejected:
		c.Rejected += n
	}
}

// Expected holds the counts of each mapping, by product line and mapping name.
type Expected map[string]map[string]*Counts

func (e Expected) mapping(line, name, target, source string) *Counts {
	if e[line] == nil {
		e[line] = make(map[string]*Counts)
	}
	c := &Counts{Target: target, Source: source}
	e[line][name] = c
	return c
}

func (e Expected) write(path string) error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o644)
}
