package session

import (
	"io"
	"net/http"

	"github.com/klauspost/compress/gzip"
)

// unpack makes the body of a reply read as it was before it was compressed.
// The HTTP client would do it as well, in twice the time, which is most of
// what a large result costs.
func unpack(resp *http.Response) {
	if resp.Header.Get("Content-Encoding") != "gzip" {
		return
	}
	resp.Body = &packed{body: resp.Body}
	resp.Header.Del("Content-Encoding")
	resp.ContentLength, resp.Uncompressed = -1, true
}

// packed is a body that is opened when it is first read, so that a reply
// without one is no error.
type packed struct {
	body io.ReadCloser
	gzip *gzip.Reader
	err  error
}

func (p *packed) Read(b []byte) (int, error) {
	if p.gzip == nil && p.err == nil {
		p.gzip, p.err = gzip.NewReader(p.body)
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.gzip.Read(b)
}

func (p *packed) Close() error { return p.body.Close() }
