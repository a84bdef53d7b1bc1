package estate

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
)

// orgFile writes the rows of a Salesforce org as lines of JSON. Parents stand
// before children.
type orgFile struct {
	file *os.File
	out  *bufio.Writer
	line []byte
	err  error // the first failure; later lines are not written
}

func createOrgFile(path string) (*orgFile, error) {
	file, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	return &orgFile{file: file, out: bufio.NewWriterSize(file, 1<<18)}, nil
}

// value is one field of a row. Its name is a field, or Relation.Field: the
// parent that has the value there.
type value struct {
	name string
	is   any // string, int, bool, day, or nil, which is left out
}

// field defines a custom field.
func (f *orgFile) field(object, name, kind string, more ...value) {
	f.line = append(append(append(f.line[:0], `{"object":"`...), object...), `","field":{"name":"`...)
	f.line = append(append(append(append(f.line, name...), `","type":"`...), kind...), '"')
	for _, v := range more {
		f.member(v.name, v.is)
	}
	f.line = append(f.line, "}}\n"...)
	f.flush()
}

// row writes one row.
func (f *orgFile) row(object string, values ...value) {
	f.line = append(append(append(f.line[:0], `{"attributes":{"type":"`...), object...), `"}`...)
	for _, v := range values {
		f.member(v.name, v.is)
	}
	f.line = append(f.line, "}\n"...)
	f.flush()
}

func (f *orgFile) member(name string, is any) {
	if is == nil {
		return
	}
	f.line = append(f.line, ',', '"')
	for i := range len(name) {
		if name[i] != '.' {
			continue
		}
		f.line = append(append(append(f.line, name[:i]...), `":{"`...), name[i+1:]...)
		f.line = append(f.scalar(append(f.line, `":`...), is), '}')
		return
	}
	f.line = f.scalar(append(append(f.line, name...), `":`...), is)
}

func (f *orgFile) scalar(to []byte, is any) []byte {
	switch is := is.(type) {
	case string:
		quoted, err := json.Marshal(is)
		f.err = cmp.Or(f.err, err)
		return append(to, quoted...)
	case day:
		return append(append(append(to, '"'), is.String()...), '"')
	case int:
		return strconv.AppendInt(to, int64(is), 10)
	case bool:
		return strconv.AppendBool(to, is)
	}
	f.err = cmp.Or(f.err, fmt.Errorf("estate: no JSON for a %T", is))
	return to
}

func (f *orgFile) flush() {
	if f.err == nil {
		_, f.err = f.out.Write(f.line)
	}
}

func (f *orgFile) close() error { return cmp.Or(f.err, f.out.Flush(), f.file.Close()) }
