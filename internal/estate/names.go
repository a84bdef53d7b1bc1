package estate

import (
	"strconv"
	"strings"
)

// country is a country with the texts that clerks typed for it; the first is
// the code that the form asked for.
type country struct {
	code   string
	typed  []string
	forms  []string // legal forms
	office int      // sales office: a cluster of defects
	curr   string
}

func countries() []country {
	return []country{
		{"DE", []string{"Deutschland", "Germany", "D", "BRD", "deutschland "}, []string{"GmbH", "AG", "GmbH & Co. KG", "KG"}, 0, "EUR"},
		{"AT", []string{"Österreich", "Austria", "A"}, []string{"GmbH", "AG"}, 0, "EUR"},
		{"CH", []string{"Schweiz", "Switzerland", "Suisse"}, []string{"AG", "SA", "GmbH"}, 0, "CHF"},
		{"FR", []string{"Frankreich", "France", "F"}, []string{"SA", "SARL", "SAS"}, 1, "EUR"},
		{"GB", []string{"UK", "United Kingdom", "England", "Großbritannien"}, []string{"Ltd", "plc", "Limited"}, 2, "GBP"},
		{"US", []string{"USA", "U.S.A.", "United States", "Vereinigte Staaten"}, []string{"Inc.", "LLC", "Corp."}, 3, "USD"},
		{"DK", []string{"Dänemark", "Denmark", "Danmark"}, []string{"A/S", "ApS"}, 1, "EUR"},
		{"BR", []string{"Brasilien", "Brazil", "Brasil"}, []string{"Ltda", "S.A."}, 4, "USD"},
		{"ES", []string{"Spanien", "Spain", "España"}, []string{"S.L.", "S.A."}, 4, "EUR"},
		{"IT", []string{"Italien", "Italy", "Italia"}, []string{"S.r.l.", "S.p.A."}, 4, "EUR"},
		{"JP", []string{"Japan", "Nippon"}, []string{"K.K.", "Co., Ltd."}, 5, "JPY"},
	}
}

func anyCountry(d *dice) country {
	return countries()[d.weighted(30, 6, 7, 8, 14, 15, 4, 5, 4, 4, 3)]
}

// companyName makes a name without its legal form.
func companyName(d *dice) string {
	heads := strings.Fields("Ael Bar Cor Dra Eld Fen Gal Hal Ilm Jor Kel Lan Mar Nor Ost Pel Quin Ros Sal Tor Ulm Var Wes Xan Yar Zel Brück Müh Grön Schö")
	tails := strings.Fields("berg bach dale dorf feld ford gard ham heim holm ingen land lund mark mont ness rode sand stein thal vale ville wick wood worth zell")
	trades := strings.Fields("Maschinenbau Logistics Energy Medical Foods Systems Optik Textil Pharma Engineering Analytics Bau Metall Robotics Marine Aviation Chemie Print Media Solar Automotive Consulting Verpackung Werkzeuge")
	name := pick(d, heads) + pick(d, tails)
	if d.chance(0.4) {
		name += pick(d, []string{"er", "s", "en", "a", "o"})
	}
	if d.chance(0.25) {
		name += " & " + pick(d, heads) + pick(d, tails)
	}
	return name + " " + pick(d, trades)
}

// person is a first and a last name.
type person struct{ first, last string }

func anyPerson(d *dice) person {
	firsts := strings.Fields("Anna Ben Carla David Eva Felix Greta Hans Ines Jan Karin Lars Mia Nils Olga Paul Rita Sven Tina Uwe Vera Wolf Yuki Zoë André Björn Chloë Jürgen Renée Søren José Mary John Sarah Peter Linda")
	lasts := strings.Fields("Müller Schmidt Weber Wagner Becker Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Hofmann Hartmann Lange Krüger Smith Jones Taylor Brown Davies Wilson Evans Thomas Johnson Martin Bernard Dubois Moreau Silva Santos Costa Hansen Jensen Rossi Bianchi García Na Null Tanaka Suzuki Sato")
	return person{pick(d, firsts), pick(d, lasts)}
}

// mailbox is the part of an address before the @.
func (p person) mailbox(number int) string {
	return slug(p.first) + "." + slug(p.last) + strconv.Itoa(number)
}

// respell writes a company name as another clerk did.
func respell(d *dice, name, form string) string {
	full := strings.TrimSpace(name + " " + form)
	switch d.n(5) {
	case 0:
		return strings.ToUpper(plain(full))
	case 1:
		return full + " "
	case 2:
		return plain(name)
	case 3:
		return strings.Replace(full, " ", "-", 1)
	}
	return strings.ToLower(full)
}
