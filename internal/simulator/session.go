package simulator

import (
	"encoding/base64"
	"math/rand/v2"
	"sync"
	"time"
)

// sessions knows which access tokens are valid. A session ends when it was
// not used for a time.
type sessions struct {
	now    func() time.Time
	life   time.Duration
	prefix string // of tokens: the id of the organization

	mu     sync.Mutex
	random *rand.ChaCha8
	used   map[string]time.Time // by token: when it was used last
}

func newSessions(now func() time.Time, life time.Duration, organization string, seed uint64) *sessions {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return &sessions{now: now, life: life, prefix: organization[:15], random: rand.NewChaCha8(key), used: map[string]time.Time{}}
}

// open begins a session and returns its token.
func (s *sessions) open() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	secret := make([]byte, 60)
	_, _ = s.random.Read(secret) // documented never to fail
	token := s.prefix + "!AR8AQ" + base64.RawURLEncoding.EncodeToString(secret)
	s.used[token] = s.now()
	return token
}

// use reports whether the token is valid, and keeps its session alive.
func (s *sessions) use(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	last, known := s.used[token]
	if !known {
		return false
	}
	if now.Sub(last) > s.life {
		delete(s.used, token)
		return false
	}
	s.used[token] = now
	return true
}

// end ends one session.
func (s *sessions) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.used, token)
}

// endAll ends every session.
func (s *sessions) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.used)
}
