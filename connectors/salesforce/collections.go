package salesforce

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
)

// collectionRows is how many rows Salesforce takes in one call.
const collectionRows = 200

// saved is what became of one row of a collection.
type saved struct {
	Success bool       `json:"success"`
	Errors  []rowError `json:"errors"`
}

// collections sends rows in calls of 200. Each row succeeds or fails alone.
func (w *work) collections(ctx context.Context, s shipment) error {
	for rows := range slices.Chunk(s.rows, collectionRows) {
		replies, err := w.collection(ctx, shipment{rows, s.fields, s.deletes})
		if err != nil {
			if err := w.lost(rows, err); err != nil {
				return err
			}
			continue
		}
		if len(replies) != len(rows) {
			return fmt.Errorf("Salesforce answers for %d of %d rows; what became of the others is unknown: make a new plan", len(replies), len(rows))
		}
		for n, i := range rows {
			if replies[n].Success {
				w.answers[i] = connectors.Answer{Outcome: connectors.Applied}
			} else {
				w.refuse(i, replies[n].Errors)
			}
		}
	}
	return nil
}

func (w *work) collection(ctx context.Context, s shipment) (replies []saved, err error) {
	const path = "composite/sobjects"
	if s.deletes {
		ids := make([]string, len(s.rows))
		for n, i := range s.rows {
			ids[n] = w.ids[i]
		}
		err = w.org.session.JSON(ctx, http.MethodDelete, path+"?allOrNone=false&ids="+url.QueryEscape(strings.Join(ids, ",")), nil, &replies)
		return replies, err
	}
	body, err := w.body(s)
	if err != nil {
		return nil, err
	}
	at := path
	if !w.table.byID() {
		at += "/" + session.Path(w.table.name, w.table.keyField.Name)
	}
	err = w.org.session.JSON(ctx, http.MethodPatch, at, json.RawMessage(body), &replies)
	return replies, err
}

// body writes the rows of a collection.
func (w *work) body(s shipment) (body []byte, err error) {
	body = append(body, `{"allOrNone":false,"records":[`...)
	for n, i := range s.rows {
		if n > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"attributes":{"type":"`+w.table.name+`"}`...)
		for _, f := range s.fields {
			column, v := &w.table.columns[w.columns[f]], w.rows[i][f]
			switch {
			case column.relation == "":
				body = append(body, `,"`+column.path+`":`...)
			case v.IsNull():
				body = append(body, `,"`+column.reference+`":`...)
			default:
				body = append(body, `,"`+column.relation+`":{"`+column.parentKey+`":`...)
			}
			if body, err = appendJSON(body, v); err != nil {
				return nil, err
			}
			if column.relation != "" && !v.IsNull() {
				body = append(body, '}')
			}
		}
		body = append(body, '}')
	}
	return append(body, "]}"...), nil
}
