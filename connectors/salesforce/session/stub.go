package session

import "context"

type token struct{ gate chan struct{} }
type meter struct{}

const clientName = "crosswalk"

func newMeter(float64) meter { return meter{} }
func (s *Session) refresh(ctx context.Context, _ string) (grant, error) {
	return s.config.Auth.login(ctx, s)
}
func (a ClientCredentials) login(context.Context, *Session) (grant, error) { return grant{}, nil }
func (a JWT) login(context.Context, *Session) (grant, error)               { return grant{}, nil }
func (a Password) login(context.Context, *Session) (grant, error)          { return grant{}, nil }
