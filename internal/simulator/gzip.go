package simulator

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// compress returns where to write the answer to a request: compressed if the
// client takes that. finish must be called at the end.
func compress(w http.ResponseWriter, r *http.Request) (out http.ResponseWriter, finish func()) {
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return w, func() {}
	}
	c := &compressed{ResponseWriter: w}
	return c, c.close
}

// compressed begins to compress with the first byte of a body, so an answer
// without one stays as it is. So does an error: go-salesforce asks for
// compression, but reads errors as they come.
type compressed struct {
	http.ResponseWriter
	status int
	plain  bool // not compressed
	zip    *gzip.Writer
}

func (c *compressed) WriteHeader(status int) { c.status = status }

func (c *compressed) Write(b []byte) (int, error) {
	if c.plain {
		return c.ResponseWriter.Write(b)
	}
	if c.zip == nil && c.status >= http.StatusBadRequest {
		c.plain = true
		c.start()
		return c.ResponseWriter.Write(b)
	}
	if c.zip == nil {
		c.Header().Set("Content-Encoding", "gzip")
		c.Header().Del("Content-Length")
		c.start()
		c.zip, _ = gzip.NewWriterLevel(c.ResponseWriter, gzip.BestSpeed) // the level is a valid one
	}
	return c.zip.Write(b)
}

func (c *compressed) start() {
	if c.status != 0 {
		c.ResponseWriter.WriteHeader(c.status)
	}
}

func (c *compressed) close() {
	switch {
	case c.plain:
	case c.zip == nil:
		c.start()
	default:
		_ = c.zip.Close() // fails only if the client has gone
	}
}
