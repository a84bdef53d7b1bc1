package csvfile

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
)

// A file is open and stands behind its header.
type file struct {
	*scanner
	names []string // of the columns

	path   string
	disk   *os.File
	before fs.FileInfo
}

func openFile(t Table, path string) (*file, error) {
	disk, err := os.Open(path)
	if err != nil {
		return nil, filesource.Fail("open", path, err)
	}
	f := &file{path: path, disk: disk}
	if err := f.start(t); err != nil {
		disk.Close()
		return nil, filesource.Fail("read", path, err)
	}
	return f, nil
}

func (f *file) start(t Table) (err error) {
	if f.before, err = f.disk.Stat(); err != nil {
		return err
	}
	var in io.Reader = f.disk
	if strings.HasSuffix(f.path, ".gz") {
		if in, err = gzip.NewReader(f.disk); err != nil {
			return f.explain(err)
		}
	}
	// Validate has made sure that these cannot fail.
	declared, _ := decoderOf(t.Encoding)
	delimiter, _ := t.delimiter()
	quote, _ := t.quote()

	in, decoded, err := text(in, declared)
	if err != nil {
		return f.explain(err)
	}
	f.scanner = newScanner(in, decoded, delimiter, quote)
	for range t.Skip {
		f.skipLine()
	}
	if f.names = t.Columns; t.header() {
		if f.names, err = f.header(t); err != nil {
			return err
		}
	}
	f.want = len(f.names)
	return nil
}

// header reads the names of the columns, or checks the header against the
// names that were given.
func (f *file) header(t Table) ([]string, error) {
	err := f.next()
	var bad *broken
	switch {
	case err == io.EOF:
		return nil, errors.New("the file is empty, without even a header; get it again, or set header: false")
	case errors.As(err, &bad):
		return nil, fmt.Errorf("line %d, the header: %s", bad.first, bad.reason)
	case err != nil:
		return nil, f.explain(err)
	}
	names := make([]string, len(f.cells))
	for i := range names {
		names[i] = string(f.cell(i))
		if strings.ContainsRune(names[i], 0) {
			return nil, fmt.Errorf("line %d, the header, holds a zero byte: this is no text, or its encoding is utf-16le or utf-16be and must be given", f.at)
		}
		if !f.cells[i].quoted && strings.ContainsRune(names[i], '\r') {
			return nil, fmt.Errorf("line %d, the header, holds a carriage return: lines that end in one alone are not read; save the file with other line ends", f.at)
		}
		if t.Trim {
			names[i] = strings.TrimSpace(names[i])
		}
	}
	if len(t.Columns) == 0 {
		if err := checkNames(names); err != nil {
			return nil, fmt.Errorf("line %d, the header: %w; correct it, or give the names under columns", f.at, err)
		}
		return names, nil
	}
	if len(t.Columns) != len(names) {
		return nil, fmt.Errorf("line %d, the header, has %d columns, but %d names are given under columns", f.at, len(names), len(t.Columns))
	}
	return slices.Clone(t.Columns), nil
}

// explain says what a failed read of a file means.
func (f *file) explain(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return errors.New("the file ends too early, its copy was cut short; get it again")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the file is damaged or not compressed by gzip: %w; get it again", err)
	}
	return err
}

// unchanged refuses a file that was written to while it was read: its rows
// would be half old, half new.
func (f *file) unchanged() error {
	after, err := os.Stat(f.path)
	if err != nil {
		return filesource.Fail("read", f.path, err)
	}
	if after.Size() != f.before.Size() || !after.ModTime().Equal(f.before.ModTime()) {
		return connectors.Errorf(connectors.Transient, "read", f.path, "the file changed while it was read; read it again when it is complete")
	}
	return nil
}

func (f *file) Close() error { return f.disk.Close() }

func (f *file) base() string { return filepath.Base(f.path) }
