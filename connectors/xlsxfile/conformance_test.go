package xlsxfile

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"crosswalk/connectors"
	"crosswalk/connectors/conformance"
	"crosswalk/record"
)

func TestConformance(t *testing.T) {
	conformance.Run(t, conformance.Harness{
		Open: func(ctx context.Context, s *record.Schema, rows []record.Row) (connectors.Source, error) {
			path := filepath.Join(t.TempDir(), "conformance.xlsx")
			if err := write(path, s, rows); err != nil {
				return nil, err
			}
			return Open(ctx, Config{Table: Table{Path: path}})
		},
		Adds:        []string{fileColumn, sheetColumn, rowColumn},
		Unsupported: []conformance.Part{conformance.Range, conformance.Sorted, conformance.After},
		As:          asCell,
		Cannot: []string{
			"control characters", "noncharacter", "_x000D_ escape", "long text", "many bytes",
			"float of 17 digits", "float min", "float infinity", "float not a number",
			"decimal of 38 digits", "decimal of 38 digits, negative",
			"date in year 1", "date 1582-10-10", "date 1899-12-31",
			"local in year 1", "local before 1900", "local with microseconds", "local with microseconds before 1970",
		},
	})
}

// asCell says how values read back that a workbook has no cells for: numbers
// are all of one kind there, and bytes and instants are texts.
func asCell(_ record.Field, v record.Value) record.Value {
	switch v.Kind() {
	case record.KindFloat, record.KindDecimal:
		if whole, err := record.Convert(v, record.Type{Kind: record.KindInt}); err == nil {
			return whole
		}
		if d, err := record.Convert(v, record.Type{Kind: record.KindDecimal}); err == nil {
			return d
		}
	case record.KindBytes, record.KindInstant:
		return record.Text(v.String())
	case record.KindLocal:
		if day, err := record.Convert(v, record.Type{Kind: record.KindDate}); err == nil {
			return day
		}
	}
	return v
}

func write(path string, s *record.Schema, rows []record.Row) error {
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetSheetName("Sheet1", s.Table); err != nil {
		return err
	}
	day, err := f.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		return err
	}
	names := s.Names()
	if err := f.SetSheetRow(s.Table, "A1", &names); err != nil {
		return err
	}
	for i, row := range rows {
		for j, v := range row {
			at, err := excelize.CoordinatesToCellName(j+1, i+2)
			if err == nil && !v.IsNull() {
				err = writeCell(f, s.Table, at, v, day)
			}
			if err != nil {
				return err
			}
		}
	}
	return f.SaveAs(path)
}

func writeCell(f *excelize.File, sheet, at string, v record.Value, day int) error {
	switch v.Kind() {
	case record.KindBool:
		return f.SetCellBool(sheet, at, v.AsBool())
	case record.KindInt:
		return f.SetCellInt(sheet, at, v.AsInt())
	case record.KindFloat:
		return f.SetCellFloat(sheet, at, v.AsFloat(), -1, 64)
	case record.KindDecimal:
		if d, err := record.Convert(v, record.Type{Kind: record.KindFloat}); err == nil {
			return f.SetCellFloat(sheet, at, d.AsFloat(), -1, 64)
		}
	case record.KindDate, record.KindLocal:
		first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
		serial := float64(v.AsTime().UnixMicro()-first.UnixMicro()) / (24 * 60 * 60 * 1e6)
		if err := f.SetCellFloat(sheet, at, serial, -1, 64); err != nil {
			return err
		}
		return f.SetCellStyle(sheet, at, at, day)
	}
	return f.SetCellStr(sheet, at, v.String())
}
