package bulk

import (
	"context"
	"strings"

	"crosswalk/connectors"
)

// Query runs a query job and waits until its result stands; all includes
// deleted rows. ctx holds until the Rows are closed.
func (c *Client) Query(ctx context.Context, soql string, all bool) (*Rows, error) {
	operation := "query"
	if all {
		operation = "queryAll"
	}
	made, err := c.create(ctx, queries, object(soql), operation, map[string]string{
		"operation": operation, "query": soql, "columnDelimiter": "COMMA", "lineEnding": "LF",
	})
	if err != nil {
		return nil, err
	}
	ended, err := c.wait(ctx, queries, made.ID, 0)
	if err != nil {
		c.abort(ctx, queries, made.ID)
		return nil, err
	}
	if err := ended.failure("read"); err != nil {
		c.remove(ctx, queries, made.ID)
		return nil, err
	}
	return c.result(ctx, ended, position{Job: made.ID})
}

// failure is why a job did not complete; nil if it did.
func (j *info) failure(op string) error {
	at := "Salesforce " + j.Object
	switch {
	case j.State == stateComplete:
		return nil
	case j.State == stateAborted:
		return connectors.Errorf(connectors.Unknown, op, at, "job %s was aborted, and not from here", j.ID)
	}
	class := connectors.Invalid
	for _, sign := range []string{"InternalServerError", "Timeout", "TIMEOUT", "timed out", "Tried more than", "UNABLE_TO_LOCK", "SERVER_UNAVAILABLE"} {
		if strings.Contains(j.Message, sign) {
			class = connectors.Transient
		}
	}
	return connectors.Errorf(class, op, at, "job %s failed: %s", j.ID, j.reason())
}

// object is the object of a query: what stands behind FROM. Bulk queries have
// no subqueries before it.
func object(soql string) string {
	words := strings.Fields(soql)
	for i, word := range words[:max(0, len(words)-1)] {
		if strings.EqualFold(word, "FROM") {
			return words[i+1]
		}
	}
	return ""
}
