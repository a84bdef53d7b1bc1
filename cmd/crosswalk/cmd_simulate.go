package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"crosswalk/internal/simulator"
	"crosswalk/internal/simulator/faults"
	"crosswalk/internal/yamlfile"
)

func (a *app) simulateCommand() *cobra.Command {
	var o simulateOptions
	cmd := &cobra.Command{
		Use:   "simulate salesforce",
		Short: "A Salesforce org to rehearse with, on this machine, until Ctrl-C",
		Long: `Serves a simulated Salesforce org over its real protocol: logins, REST queries
and rows, composite requests, Bulk API 2.0, limits and errors. It listens on
this machine only, unless --listen says otherwise.

Everybody knows its credentials:

  user name      demo@crosswalk.example
  password       demo-password, followed by the security token demo-token
  client id      demo-client
  client secret  demo-secret

--faults names a YAML or JSON file of what is to go wrong:

  seed: 7
  faults:
    - {fault: unavailable, path: /query, first: 2, retry_after: 1s}
    - {fault: row-lock, path: /composite/sobjects, probability: 0.1}`,
		Example: "  crosswalk simulate salesforce\n" +
			"  crosswalk simulate salesforce --listen 127.0.0.1:8080 --data org.db",
		ValidArgs:   []string{"salesforce"},
		Args:        cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		Annotations: map[string]string{noWorkspace: "true", servesUntilStopped: "true"},
		RunE:        func(cmd *cobra.Command, _ []string) error { return a.simulate(cmd.Context(), o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8642", "address and port; port 0 is one that is free")
	flags.StringVar(&o.data, "data", "", "SQLite file that keeps the org (default: it is gone at the end)")
	flags.StringVar(&o.load, "load", "", "JSON Lines file that fills a new org")
	flags.StringVar(&o.faults, "faults", "", "file that says what goes wrong")
	flags.StringVar(&o.key, "public-key", "", "PEM file with the key of JWT assertions, which are refused without it")
	return cmd
}

// servesUntilStopped marks commands that end with Ctrl-C, as they should.
const servesUntilStopped = "serves-until-stopped"

type simulateOptions struct{ listen, data, load, faults, key string }

func (a *app) simulate(ctx context.Context, o simulateOptions) (err error) {
	options := simulator.Options{Path: o.data, Now: a.now, Credentials: simulator.DemoCredentials()}
	if o.faults != "" {
		if options.Seed, options.Faults, err = readFaults(o.faults); err != nil {
			return err
		}
	}
	if o.key != "" {
		if options.Credentials.PublicKey, err = readPublicKey(o.key); err != nil {
			return err
		}
	}
	server, err := openSimulator(ctx, options, o.load)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	url, err := server.Start(o.listen)
	if err != nil {
		return fmt.Errorf("serve on %s: %w; --listen names another address", o.listen, err)
	}
	if err := a.printSimulator(url, options.Credentials); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// openSimulator opens the org, and fills it if there is something to load. A file
// appears only when it is full, so that the next start may try again.
func openSimulator(ctx context.Context, options simulator.Options, load string) (*simulator.Server, error) {
	if load == "" {
		return simulator.New(options)
	}
	if options.Path == "" {
		return fillSimulator(ctx, options, load)
	}
	if _, err := os.Stat(options.Path); err == nil {
		return nil, fmt.Errorf("--load fills a new org, and %s is there already: leave --load out, or name another --data", options.Path)
	}
	partial := options
	partial.Path += ".partial"
	if err := dropSimulator(partial); err != nil {
		return nil, err
	}
	server, err := fillSimulator(ctx, partial, load)
	if err != nil {
		return nil, errors.Join(err, dropSimulator(partial))
	}
	if err := server.Close(); err != nil {
		return nil, err
	}
	if err := os.Rename(partial.Path, options.Path); err != nil {
		return nil, err
	}
	return simulator.New(options)
}

// fillSimulator opens a new org with the rows of a file.
func fillSimulator(ctx context.Context, options simulator.Options, load string) (*simulator.Server, error) {
	in, err := os.Open(load)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	server, err := simulator.New(options)
	if err != nil {
		return nil, err
	}
	if _, err := server.Org().Load(ctx, in); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", load, err), server.Close())
	}
	return server, nil
}

// dropSimulator removes an org that was not filled to its end, unless somebody is
// at it: to open it tells.
func dropSimulator(options simulator.Options) error {
	if _, err := os.Stat(options.Path); err != nil {
		return nil //nolint:nilerr // there is none
	}
	server, err := simulator.New(options)
	if err != nil {
		return err
	}
	return errors.Join(server.Close(), os.Remove(options.Path))
}

func (a *app) printSimulator(url string, c simulator.Credentials) error {
	if a.json {
		return a.printJSON(map[string]string{"url": url, "username": c.Username, "client_id": c.ClientID})
	}
	_, err := fmt.Fprintf(a.stdout, "Salesforce at %s, user name %s, client id %s; Ctrl-C ends it\n", url, c.Username, c.ClientID)
	return err
}

// readFaults reads the rules of what goes wrong.
func readFaults(file string) (seed uint64, rules []faults.Rule, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, nil, err
	}
	parsed, err := yamlfile.Parse(file, text)
	if err != nil {
		return 0, nil, err
	}
	var content struct {
		Seed   int64           `yaml:"seed"`
		Faults []yamlfile.Node `yaml:"faults,required"`
	}
	if err := parsed.Decode(&content); err != nil {
		return 0, nil, err
	}
	var problems yamlfile.Problems
	for _, node := range content.Faults {
		var rule faults.Rule
		err := node.Decode(&rule)
		if err == nil {
			err = rule.Validate()
		}
		if err != nil {
			problems = append(problems, parsed.In(node.Text(), err)...)
		}
		rules = append(rules, rule)
	}
	return uint64(content.Seed), rules, problems.Err()
}

// readPublicKey reads the key that verifies assertions.
func readPublicKey(file string) (*rsa.PublicKey, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s: no PEM block", file)
	}
	var key any
	if block.Type == "CERTIFICATE" {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		key = certificate.PublicKey
	} else if key, err = x509.ParsePKIXPublicKey(block.Bytes); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	public, ok := key.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%s: not an RSA key, which RS256 needs", file)
	}
	return public, nil
}
