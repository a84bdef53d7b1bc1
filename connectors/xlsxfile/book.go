package xlsxfile

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/xuri/excelize/v2"

	"crosswalk/connectors"
	"crosswalk/internal/filesource"
)

// A book is an open workbook: a zip archive of XML parts.
//
//	workbook, styles ──▶ excelize ──▶ sheets, formats, date system
//	sheets, shared strings ─────────▶ streamed from the archive
//
// excelize unpacks whatever it is given, so it is given the small parts alone;
// the large ones never stand in memory or in a temporary file as a whole.
// A book is safe for concurrent use.
type book struct {
	path      string
	zip       *zip.ReadCloser
	parts     map[string]*zip.File // by name in lower case
	sheets    []sheet
	formats   []format // by style
	since1904 bool

	// texts returns the strings that the cells of all sheets share. They are
	// read once and stay in memory until the book is let go.
	texts func() ([]string, error)
}

type sheet struct {
	name   string
	part   string
	hidden bool
}

func (b *book) base() string { return filepath.Base(b.path) }

func openBook(path string, maxUnzipped int64) (*book, error) {
	if err := checkKind(path); err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(path)
	if errors.Is(err, zip.ErrFormat) {
		err = errors.New("this is no .xlsx file, or its copy was cut short; get it again")
	}
	if err != nil {
		return nil, filesource.Fail("open", path, err)
	}
	b := &book{path: path, zip: archive}
	if err := b.load(maxUnzipped); err != nil {
		archive.Close()
		return nil, filesource.Fail("open", path, err)
	}
	return b, nil
}

// checkKind knows the container of old and of encrypted workbooks, which is
// no zip archive.
func checkKind(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return filesource.Fail("open", path, err)
	}
	defer f.Close()
	start := make([]byte, 8)
	if _, err := io.ReadFull(f, start); err == nil && string(start) == "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" {
		return connectors.Errorf(connectors.Denied, "open", path, "the workbook is protected by a password, or is an old .xls file; save it as .xlsx without a password")
	}
	return nil
}

func (b *book) load(maxUnzipped int64) error {
	b.parts = map[string]*zip.File{}
	left := uint64(maxUnzipped)
	for _, f := range b.zip.File {
		if f.UncompressedSize64 > left {
			return fmt.Errorf("it unpacks to more than %d bytes; if it is to be trusted, set max_unzipped higher", maxUnzipped)
		}
		left -= f.UncompressedSize64
		b.parts[partName(f.Name)] = f
	}
	workbook, err := b.workbookPart()
	if err != nil {
		return err
	}
	relations, err := b.relations(workbook)
	if err != nil {
		return err
	}
	styles, texts := "", ""
	for _, r := range relations {
		switch path.Base(r.Type) {
		case "styles":
			styles = r.Target
		case "sharedStrings":
			texts = r.Target
		}
	}
	b.texts = sync.OnceValues(func() ([]string, error) { return b.readTexts(texts) })
	file, err := b.skeleton(workbook, styles)
	if err != nil {
		return err
	}
	defer file.Close()
	return b.describe(file, relations)
}

func (b *book) workbookPart() (string, error) {
	relations, err := b.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range relations {
		if path.Base(r.Type) == "officeDocument" && strings.HasSuffix(r.Target, ".xml") {
			return r.Target, nil
		}
	}
	return "", errors.New("there is no workbook inside; save it as .xlsx")
}

type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relations returns what a part ("" for the archive) refers to, with targets
// as names of parts.
func (b *book) relations(part string) ([]relation, error) {
	folder, name := path.Split(part)
	r, err := b.open(folder + "_rels/" + name + ".rels")
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var doc struct {
		Relationship []relation `xml:"Relationship"`
	}
	if err := xml.NewDecoder(r).Decode(&doc); err != nil {
		return nil, fmt.Errorf("%s.rels is damaged: %w; get the file again", name, err)
	}
	for i, rel := range doc.Relationship {
		if target, absolute := strings.CutPrefix(rel.Target, "/"); absolute {
			doc.Relationship[i].Target = target
		} else {
			doc.Relationship[i].Target = path.Join(folder, target)
		}
	}
	return doc.Relationship, nil
}

// open opens a part for reading.
func (b *book) open(part string) (io.ReadCloser, error) {
	f, ok := b.parts[partName(part)]
	if !ok {
		return nil, fmt.Errorf("the part %s is missing; save the workbook again as .xlsx", part)
	}
	r, err := f.Open()
	if err != nil {
		return nil, damaged(part, err)
	}
	return r, nil
}

func partName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, `\`, "/"))
}

// skeleton opens a copy of the archive that holds only the workbook and its
// styles, under the name by which excelize looks for them.
func (b *book) skeleton(workbook, styles string) (*excelize.File, error) {
	folder, name := path.Split(workbook)
	var small bytes.Buffer
	w := zip.NewWriter(&small)
	for _, part := range [][2]string{
		{"[Content_Types].xml"}, {"_rels/.rels"}, {workbook}, {folder + "_rels/" + name + ".rels"}, {styles, "xl/styles.xml"},
	} {
		f, ok := b.parts[partName(part[0])]
		if !ok {
			continue
		}
		header := f.FileHeader
		if header.Name = part[0]; part[1] != "" {
			header.Name = part[1]
		}
		to, err := w.CreateRaw(&header)
		if err != nil {
			return nil, err
		}
		from, err := f.OpenRaw()
		if err != nil {
			return nil, damaged(part[0], err)
		}
		if _, err := io.Copy(to, from); err != nil {
			return nil, damaged(part[0], err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	file, err := excelize.OpenReader(&small)
	if err != nil {
		return nil, fmt.Errorf("the workbook is damaged: %w; get it again", err)
	}
	return file, nil
}

// describe takes from excelize what the workbook says of its sheets.
func (b *book) describe(file *excelize.File, relations []relation) error {
	props, err := file.GetWorkbookProps()
	if err != nil {
		return err
	}
	b.since1904 = props.Date1904 != nil && *props.Date1904
	b.formats = formatsOf(file)
	for _, s := range file.WorkBook.Sheets.Sheet {
		for _, r := range relations {
			if r.ID == s.ID && path.Base(r.Type) == "worksheet" {
				b.sheets = append(b.sheets, sheet{name: s.Name, part: r.Target, hidden: s.State != "" && s.State != "visible"})
			}
		}
	}
	if len(b.sheets) == 0 {
		return errors.New("the workbook has no worksheet")
	}
	return nil
}

func formatsOf(file *excelize.File) []format {
	if file.Styles == nil || file.Styles.CellXfs == nil {
		return nil
	}
	custom := map[int]format{}
	if file.Styles.NumFmts != nil {
		for _, f := range file.Styles.NumFmts.NumFmt {
			custom[f.NumFmtID] = formatOf(f.FormatCode)
		}
	}
	formats := make([]format, len(file.Styles.CellXfs.Xf))
	for i, xf := range file.Styles.CellXfs.Xf {
		if xf.NumFmtID == nil {
			continue
		}
		f, ok := custom[*xf.NumFmtID]
		if !ok {
			f = builtIn(*xf.NumFmtID)
		}
		formats[i] = f
	}
	return formats
}

// damaged says what a failed read of a part means.
func damaged(part string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("it ends too early")
	}
	return fmt.Errorf("the part %s is damaged: %w; get the file again", part, err)
}
