package simulator

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// envelope is a SOAP request as far as login needs it. Names match in any
// namespace, so the styles of all clients do.
type envelope struct {
	Login *struct {
		Username string `xml:"username"`
		Password string `xml:"password"`
	} `xml:"Body>login"`
}

// soapLogin answers POST /services/Soap/u/VERSION.
func (s *Server) soapLogin(w http.ResponseWriter, r *http.Request, version string) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	v, err := parseVersion(version)
	if err != nil || v > lastSOAPVersion {
		writeFault(w, "UNSUPPORTED_API_VERSION", "Invalid Api version specified on URL")
		return
	}
	var e envelope
	switch err := xml.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&e); {
	case err != nil:
		writeFault(w, "soapenv:Client", "The request is not well-formed XML")
	case e.Login == nil:
		writeFault(w, "soapenv:Client", "The only operation here is login")
	case e.Login.Username != s.credentials.Username || e.Login.Password != s.credentials.Password+s.credentials.SecurityToken || e.Login.Username == "":
		writeFault(w, "INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")
	default:
		s.soapSession(w, r, v)
	}
}

// soapSession opens a session. The elements that clients look for carry no
// prefix, for some find them by text alone.
func (s *Server) soapSession(w http.ResponseWriter, r *http.Request, v apiVersion) {
	base := baseURL(r)
	writeXML(w, http.StatusOK, fmt.Sprintf(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><loginResponse><result>`+
		`<metadataServerUrl>%[1]s/services/Soap/m/%[2]s/%[3]s</metadataServerUrl><passwordExpired>false</passwordExpired><sandbox>false</sandbox>`+
		`<serverUrl>%[1]s/services/Soap/u/%[2]s/%[3]s</serverUrl><sessionId>%[4]s</sessionId><userId>%[5]s</userId>`+
		`<userInfo><organizationId>%[3]s</organizationId><organizationName>%[6]s</organizationName><sessionSecondsValid>%[7]d</sessionSecondsValid>`+
		`<userEmail>%[8]s</userEmail><userFullName>%[9]s</userFullName><userId>%[5]s</userId><userName>%[8]s</userName></userInfo>`+
		`</result></loginResponse></soapenv:Body></soapenv:Envelope>`,
		base, v, s.org.ID(), s.sessions.open(), s.org.User(), organizationName, int(s.sessions.life.Seconds()), escapeXML(s.credentials.Username), userName))
}

// writeFault refuses a SOAP request.
func writeFault(w http.ResponseWriter, code, message string) {
	writeXML(w, http.StatusInternalServerError, fmt.Sprintf(`<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault>`+
		`<faultcode>%[1]s</faultcode><faultstring>%[1]s: %[2]s</faultstring>`+
		`<detail><sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>%[1]s</sf:exceptionCode><sf:exceptionMessage>%[2]s</sf:exceptionMessage></sf:LoginFault></detail>`+
		`</soapenv:Fault></soapenv:Body></soapenv:Envelope>`, code, escapeXML(message)))
}

func writeXML(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`<?xml version="1.0" encoding="UTF-8"?>` + body))
}

func escapeXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
