package org

// An Op is what a Change does.
type Op int

// The operations of Apply. Delete puts a row into the recycle bin, from where
// queries of all rows still see it for 15 days; HardDelete removes it.
const (
	Insert Op = iota + 1
	Update
	Upsert
	Delete
	HardDelete
)

// A Change is one row of a write.
type Change struct {
	Object        string
	Op            Op
	ID            string // of 15 or 18 characters; Insert has none
	ExternalField string // of Upsert: the field that finds the row; may be Id
	// Values by field name in any case. An absent field is not touched. For
	// Upsert they hold the value of ExternalField as well.
	Values map[string]Cell
	// Parents by relationship name in any case: references by external id.
	Parents map[string]Parent
}

// A Parent names the row that is referred to by the value of one of its fields.
// Object may be empty where the reference leads to one object only.
type Parent struct{ Object, Field, Value string }

// A Result answers one Change: it has either an ID or Errors.
type Result struct {
	ID      string
	Created bool
	Errors  []RowError
}

// A RowError says what is wrong with one row.
type RowError struct {
	Status, Message string // Status is a code such as REQUIRED_FIELD_MISSING
	Fields          []string
}

// An Error is what the platform answers to a request that it refuses as a
// whole. Other errors mean that the simulator itself failed.
type Error struct {
	Code, Message string // Code is one such as MALFORMED_QUERY, INVALID_FIELD, NOT_FOUND
	Fields        []string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }
