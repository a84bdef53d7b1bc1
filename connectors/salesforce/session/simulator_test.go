package session_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"crosswalk/connectors"
	"crosswalk/connectors/salesforce/session"
	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/simulator/org"
)

// simulated starts an org in which Accounts have an external id.
func simulated(t testing.TB, o simulator.Options) (*simulator.Server, string) {
	t.Helper()
	server, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Org().Define(t.Context(), "Account", org.Field{Name: "Key__c", Type: "string", Length: 80, ExternalID: true, Unique: true, CaseSensitive: true}); err != nil {
		t.Fatal(err)
	}
	return server, address
}

var demo = session.ClientCredentials{ClientID: "demo-client", ClientSecret: "demo-secret"}

func noWait(ctx context.Context, _ time.Duration) error { return ctx.Err() }

func TestEveryLoginOpensTheSimulator(t *testing.T) {
	key, text := privateKey(t)
	credentials := simulator.DemoCredentials()
	credentials.PublicKey = &key.PublicKey
	_, address := simulated(t, simulator.Options{Credentials: credentials})
	for _, auth := range []session.Auth{
		demo,
		session.JWT{ClientID: "demo-client", Username: credentials.Username, PrivateKey: text},
		session.Password{Username: credentials.Username, Password: credentials.Password, Token: credentials.SecurityToken},
	} {
		s, err := session.Open(t.Context(), session.Config{URL: address, Auth: auth}, session.Options{})
		if err != nil {
			t.Errorf("%T: %v", auth, err)
			continue
		}
		if n, err := s.Count(t.Context(), "SELECT COUNT() FROM Account", false); n != 0 || err != nil {
			t.Errorf("%T: %d, %v", auth, n, err)
		}
	}
	for _, auth := range []session.Auth{
		session.ClientCredentials{ClientID: "demo-client", ClientSecret: "wrong"},
		session.JWT{ClientID: "other", Username: credentials.Username, PrivateKey: text},
		session.Password{Username: credentials.Username, Password: "wrong"},
	} {
		if _, err := session.Open(t.Context(), session.Config{URL: address, Auth: auth}, session.Options{}); connectors.ClassOf(err) != connectors.Denied {
			t.Errorf("%T: %v", auth, err)
		}
	}
}

// upsert writes rows k0, k1... by their external id.
func upsert(ctx context.Context, s *session.Session, rows int) error {
	type row map[string]any
	var records []row
	for i := range rows {
		records = append(records, row{"attributes": row{"type": "Account"}, "Name": "Acme", "Key__c": fmt.Sprintf("k%d", i)})
	}
	var results []struct{ Success bool }
	err := s.JSON(ctx, "PATCH", "composite/sobjects/Account/Key__c", row{"records": records}, &results)
	for _, r := range results {
		if !r.Success {
			err = errors.Join(err, errors.New("a row is refused"))
		}
	}
	return err
}

func TestOurCountOfCallsIsThatOfTheOrg(t *testing.T) {
	server, address := simulated(t, simulator.Options{PageSize: 10})
	s, err := session.Open(t.Context(), session.Config{URL: address, Auth: demo}, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := upsert(t.Context(), s, 25); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for pages := s.Query("SELECT Id FROM Account", false); ; {
		page, err := pages.Next(t.Context())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows += len(page.Records)
	}
	calls := s.Calls()
	if rows != 25 || calls.Total != 4 || calls.Total != server.TotalCalls() || calls.Used != 4 || calls.Limit != 100_000 {
		t.Errorf("%d rows with %+v, and the org counts %d", rows, calls, server.TotalCalls())
	}
	if age := time.Since(s.ServerTime()); age < 0 || age > time.Minute {
		t.Errorf("the server's time is %v", s.ServerTime())
	}
}

func TestTheBudgetHoldsInTheOrgsOwnCount(t *testing.T) {
	server, address := simulated(t, simulator.Options{DailyAPIRequests: 100})
	s, err := session.Open(t.Context(), session.Config{URL: address, Auth: demo, Budget: 0.2}, session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		err = s.JSON(t.Context(), "GET", "limits", nil, nil)
	}
	if connectors.ClassOf(err) != connectors.Throttled || server.TotalCalls() != 20 {
		t.Errorf("%d calls, %v", server.TotalCalls(), err)
	}
}

func TestUpsertsSurviveEveryFault(t *testing.T) {
	for seed := range uint64(4) {
		server, address := simulated(t, simulator.Options{Seed: seed, Faults: []faults.Rule{
			{Kind: faults.SessionExpired, Path: "/", Probability: 0.1},
			{Kind: faults.Unavailable, Path: "/", Probability: 0.1, HTML: seed%2 == 0},
			{Kind: faults.ResponseLost, Path: "/", Probability: 0.1},
		}})
		s, err := session.Open(t.Context(), session.Config{URL: address, Auth: demo}, session.Options{Wait: noWait})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				err := upsert(t.Context(), s, 5)
				for errors.Is(err, session.ErrOutcomeUnknown) {
					err = upsert(t.Context(), s, 5)
				}
				if err != nil && connectors.ClassOf(err) == connectors.Unknown {
					t.Errorf("seed %d: an error without a class: %v", seed, err)
				}
			})
		}
		wg.Wait()
		if n, err := server.Org().Count(t.Context(), "SELECT COUNT() FROM Account", false); n != 5 || err != nil {
			t.Errorf("seed %d: %d rows, %v", seed, n, err)
		}
	}
}
