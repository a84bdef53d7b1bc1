package estate

import (
	"bufio"
	"cmp"
	"encoding/json"
	"os"
)

// journal writes truth.jsonl or defects.jsonl.
type journal struct {
	file *os.File
	out  *bufio.Writer
	json *json.Encoder
	err  error
}

func openJournal(path string) (*journal, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	out := bufio.NewWriterSize(file, 1<<18)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return &journal{file: file, out: out, json: enc}, nil
}

func (j *journal) write(v any) {
	if j.err == nil {
		j.err = j.json.Encode(v)
	}
}

func (j *journal) close() error {
	return cmp.Or(j.err, j.out.Flush(), j.file.Close())
}

// truth says who or what a row really is.
type truth struct {
	System  string `json:"system"`
	Table   string `json:"table"`
	Key     string `json:"key"`
	Cluster string `json:"cluster"` // rows of one cluster are one organization or person
	Name    string `json:"name"`
	Email   string `json:"email,omitempty"`
	Golden  bool   `json:"golden,omitempty"`
}

// defect is one thing that is wrong with a row.
type defect struct {
	ID     string `json:"id"`
	System string `json:"system"`
	Table  string `json:"table"`
	Key    string `json:"key"`
	Column string `json:"column,omitempty"`
	True   string `json:"true,omitempty"`
	Stored string `json:"stored,omitempty"`
}
