package session

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Auth is a way to log in: ClientCredentials, JWT or Password.
type Auth interface {
	validate(c Config, base *url.URL) error
	login(ctx context.Context, s *Session) (grant, error)
	secrets() []string // what must never be shown
}

// A grant is what a login yields.
type grant struct {
	token    string
	instance string // scheme and host of the org's API
	user     string // id of the user; empty if it is not known
}

// ClientCredentials logs in as the run-as user of a connected app.
type ClientCredentials struct {
	ClientID, ClientSecret string
}

// JWT logs in with an assertion signed by the key whose certificate the
// connected app holds.
type JWT struct {
	ClientID   string
	Username   string
	PrivateKey string // RSA, in PEM: PKCS#1 or PKCS#8
	Audience   string // empty for the login host of the org, be it production or sandbox
}

// Password is the old login by SOAP. The platform has none from version 65.0 on.
type Password struct {
	Username, Password string
	Token              string // security token; empty from trusted addresses
}

const (
	production = "login.salesforce.com"
	sandbox    = "test.salesforce.com"
)

func (a ClientCredentials) validate(_ Config, base *url.URL) error {
	switch {
	case a.ClientID == "" || a.ClientSecret == "":
		return errors.New("client credentials need client id and client secret")
	case slices.Contains([]string{production, sandbox}, strings.ToLower(base.Hostname())):
		return errors.New("url: client credentials are granted by the org's own host, as https://ORG.my.salesforce.com")
	}
	return nil
}

func (a JWT) validate(Config, *url.URL) error {
	if a.ClientID == "" || a.Username == "" {
		return errors.New("JWT needs client id and user name")
	}
	_, err := parseKey(a.PrivateKey)
	return err
}

func (a Password) validate(c Config, _ *url.URL) error {
	if a.Username == "" || a.Password == "" {
		return errors.New("the login needs user name and password")
	}
	if major, _, _ := strings.Cut(c.Version, "."); c.Version != "" {
		if n, err := strconv.Atoi(major); err != nil || n > 64 {
			return errors.New("version: login by password ends with 64.0; use client credentials or JWT for newer ones")
		}
	}
	return nil
}

func (a ClientCredentials) secrets() []string { return []string{a.ClientSecret} }
func (a JWT) secrets() []string               { return nil } // the key is never sent
func (a Password) secrets() []string          { return []string{a.Password, a.Token} }

// parseKey reads an RSA key. Its errors say nothing of what stands in the text.
func parseKey(text string) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("private key: want PEM, beginning with -----BEGIN PRIVATE KEY-----")
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return key, nil
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("private key: want an RSA key without a pass phrase, in PKCS#1 or PKCS#8")
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("private key: want an RSA key; Salesforce takes RS256 only")
	}
	return key, nil
}
