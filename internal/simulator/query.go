package simulator

import (
	"net/http"
	"strconv"
	"strings"

	"crosswalk/internal/simulator/org"
)

// Sizes of pages, in rows. A client may ask for batches between minBatch and
// maxPage; wide rows come in smaller pages, down to narrowPage, so that a page
// holds about pageCells values.
const (
	maxPage    = 2000
	minBatch   = 200
	narrowPage = 250
	pageCells  = 40_000
)

func (s *Server) runQuery(c *call) (reply, error)    { return s.search(c, false) }
func (s *Server) runQueryAll(c *call) (reply, error) { return s.search(c, true) }

// search runs a query to its end and keeps the rows, so that later pages show
// the org as it was.
func (s *Server) search(c *call, all bool) (reply, error) {
	soql := c.query.Get("q")
	if strings.TrimSpace(soql) == "" {
		return reply{}, refuse(http.StatusBadRequest, "MALFORMED_QUERY", "A query string has to be specified")
	}
	rows, err := s.org.Query(c.ctx, soql, all)
	if err != nil {
		return reply{}, err
	}
	defer rows.Close()
	if rows.CountOnly() {
		n, err := rows.Size(c.ctx)
		return page{total: n}.reply(c), err
	}
	found := s.cursors.begin(s.rowsOfPage(c, rows.Columns()))
	defer found.unlessKept()
	aggregated := false
	for rows.Next(c.ctx) {
		record, err := rows.Record(c.ctx)
		if err != nil {
			return reply{}, err
		}
		aggregated = aggregated || record.ID == ""
		if err := s.keep(c, found, rows, record); err != nil {
			return reply{}, err
		}
	}
	if err := rows.Err(); err != nil {
		return reply{}, err
	}
	first, err := found.page(0)
	if err == nil && first.next > 0 && aggregated {
		err = refuse(http.StatusBadRequest, "EXCEEDED_ID_LIMIT", "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch")
	}
	if err != nil {
		return reply{}, err
	}
	if first.next > 0 {
		s.cursors.register(found)
	}
	first.cursor = found.id
	return first.reply(c), nil
}

// keep adds a record to a cursor. Children beyond a page get one of their own.
func (s *Server) keep(c *call, found *cursor, rows *org.Rows, record org.Record) error {
	weight := 1
	var failure error
	text := c.appendRecord(nil, rows.Object(), rows.Columns(), record, func(column org.Column, children []org.Record) []byte {
		shown, err := s.childPage(c, column, children)
		if err != nil {
			failure = err
		}
		weight += min(len(children), s.rowsOfPage(c, column.Columns))
		return shown
	})
	if failure != nil {
		return failure
	}
	return found.add(text, weight)
}

// childPage is what a record shows of its children.
func (s *Server) childPage(c *call, column org.Column, children []org.Record) ([]byte, error) {
	found := s.cursors.begin(s.rowsOfPage(c, column.Columns))
	defer found.unlessKept()
	for _, child := range children {
		if err := found.add(c.appendRecord(nil, column.Object, column.Columns, child, nil), 1); err != nil {
			return nil, err
		}
	}
	first, err := found.page(0)
	if err != nil {
		return nil, err
	}
	if first.next > 0 {
		s.cursors.register(found)
	}
	first.cursor = found.id
	return first.reply(c).body, nil
}

// rowsOfPage is the most rows that a page of this query has.
func (s *Server) rowsOfPage(c *call, columns []org.Column) int {
	rows := maxPage
	for option := range strings.SplitSeq(c.header.Get("Sforce-Query-Options"), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.EqualFold(strings.TrimSpace(name), "batchSize") {
			rows = min(max(n, minBatch), maxPage)
		}
	}
	wide := max(pageCells/max(width(columns), 1), narrowPage)
	return min(rows, s.pageSize, wide)
}

// width counts the values of a record, its children's left out.
func width(columns []org.Column) int {
	n := 0
	for _, column := range columns {
		switch column.Kind {
		case org.ParentRow:
			n += width(column.Columns)
		case org.ChildRows:
		default:
			n++
		}
	}
	return n
}

// nextPage answers a nextRecordsUrl.
func (s *Server) nextPage(c *call) (reply, error) {
	id, offset, _ := strings.Cut(c.args[0], "-")
	from, err := strconv.Atoi(offset)
	found := s.cursors.find(id)
	if err != nil || found == nil || from < 0 || from >= len(found.marks) {
		return reply{}, refuse(http.StatusBadRequest, "INVALID_QUERY_LOCATOR", "invalid query locator")
	}
	p, err := found.page(from)
	p.cursor = id
	return p.reply(c), err
}

// page is a part of the result of a query.
type page struct {
	total   int
	records []byte // JSON, separated by commas
	cursor  string
	next    int // where the next page begins; 0 if this is the last
}

func (p page) reply(c *call) reply {
	b := append([]byte(nil), `{"totalSize":`...)
	b = strconv.AppendInt(b, int64(p.total), 10)
	b = append(b, `,"done":`...)
	b = strconv.AppendBool(b, p.next == 0)
	if p.next > 0 {
		b = append(b, `,"nextRecordsUrl":`...)
		b = appendText(b, c.version.base()+"/query/"+p.cursor+"-"+strconv.Itoa(p.next))
	}
	b = append(b, `,"records":[`...)
	b = append(b, p.records...)
	return reply{status: http.StatusOK, body: append(b, "]}"...)}
}
