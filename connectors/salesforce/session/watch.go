package session

import (
	"context"
	"errors"
	"io"
	"time"
)

// watch ends a try in which no byte moves for too long. While the caller does
// other things than reading the reply, the clock stands still.
type watch struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	stall  time.Duration
}

var errStalled = errors.New("no byte came for too long")

func newWatch(ctx context.Context, stall time.Duration) *watch {
	w := &watch{stall: stall}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.timer = time.AfterFunc(stall, func() { w.cancel(errStalled) })
	return w
}

func (w *watch) end() {
	w.timer.Stop()
	w.cancel(nil)
}

// explain replaces the canceling of a stalled try by its reason.
func (w *watch) explain(err error) error {
	if errors.Is(context.Cause(w.ctx), errStalled) {
		return errStalled
	}
	return err
}

// sent is the body of a request under a watch.
type sent struct {
	io.ReadCloser
	*watch
}

func (b sent) Read(p []byte) (int, error) {
	b.timer.Reset(b.stall)
	return b.ReadCloser.Read(p)
}

// received is the body of a reply under a watch, which ends with it.
type received struct {
	io.ReadCloser
	*watch
}

func (b received) Read(p []byte) (int, error) {
	b.timer.Reset(b.stall)
	n, err := b.ReadCloser.Read(p)
	b.timer.Stop()
	if err != nil && err != io.EOF {
		err = b.explain(err)
	}
	return n, err
}

func (b received) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
