package salesforce

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"crosswalk/connectors"
	"crosswalk/internal/simulator"
)

// hole loses the first so many calls of a method to the collections: the call
// itself, or, if it is deaf, only the reply.
type hole struct {
	method string
	left   atomic.Int64
	deaf   bool
}

func (h *hole) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != h.method || !strings.Contains(r.URL.Path, "/composite/") || h.left.Add(-1) < 0 {
		return http.DefaultTransport.RoundTrip(r)
	}
	if h.deaf {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
	}
	return nil, io.ErrUnexpectedEOF
}

func TestARowWhoseReplyWasLostIsReadBackAndNeverTakenForDone(t *testing.T) {
	for name, test := range map[string]struct {
		method string
		times  int64
		deaf   bool
		want   string
	}{
		"upsert, reply lost":       {http.MethodPatch, 1, true, "applied"},
		"upsert, call lost":        {http.MethodPatch, 1, false, "applied"},
		"upsert, all replies lost": {http.MethodPatch, 1000, true, "applied"},
		"upsert, all calls lost":   {http.MethodPatch, 1000, false, "unsure: the reply was lost"},
		"delete, reply lost":       {http.MethodDelete, 1, true, "applied"},
		"delete, call lost":        {http.MethodDelete, 1, false, "applied"},
		"delete, all replies lost": {http.MethodDelete, 1000, true, "applied"},
		"delete, all calls lost":   {http.MethodDelete, 1000, false, "unsure: the reply was lost"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, simulator.Options{})
			h := &hole{method: test.method, deaf: test.deaf}
			l.transport = h
			o := openLab(t, l, 2000)
			old := []string{"A-1", "Account A-1"}
			c := seen(texts(t, o, "Account", []string{"LICDB_Id__c", "Name"}, []string{"A-1", "changed"}), connectors.Update, old)
			if test.method == http.MethodDelete {
				c = seen(texts(t, o, "Account", []string{"LICDB_Id__c", "Name"}, old), connectors.Delete, old)
			}
			h.left.Store(test.times)
			answered(t, o, c, test.want)
			h.left.Store(0)
			if rows := content(t, o, connectors.Query{Table: "Account", Fields: []string{"Name"}}); strings.HasPrefix(test.want, "applied") {
				answered(t, o, c, "unchanged")
			} else if len(rows) != 3 || rows[1][0] != old[1] {
				t.Errorf("nothing was done, and there are %v", rows)
			}
		})
	}
}
