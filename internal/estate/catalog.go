package estate

// item is one row of LICDB's table sku, with the product that it sells.
type item struct {
	sku     string
	product int
	model   string
	uom     string // as typed
	pack    int
	months  int // 0: perpetual, or maintenance of a year
}

type product struct {
	id   int
	code string
	name string
	line string
}

func products() []product {
	return []product{
		{1, "CD-STD", "Corvane Design Standard", design},
		{2, "CD-PRO", "Corvane Design Professional", design},
		{3, "CD-SIM", "Corvane Design Simulation", design},
		{4, "CD-SUITE", "Corvane Design Suite", design},
		{5, "CD-MAINT", "Corvane Design Maintenance", design},
		{6, "CF-EP", "Corvane Fleet Endpoint", fleet},
		{7, "CF-MDM", "Corvane Fleet Mobile", fleet},
		{8, "CF-SRV", "Corvane Fleet Server", fleet},
		{9, "CV-STORE", "Corvane Vault Storage", vault},
		{10, "CV-XFER", "Corvane Vault Transfer", vault},
		{11, "CF-SUP", "Corvane Fleet Premium Support", fleet},
	}
}

// The product lines as LICDB names them.
const (
	design = "DESIGN"
	fleet  = "FLEET"
	vault  = "VAULT"
)

// items returns the table sku. MAR-1 and 2E10 are no dates and no numbers.
func items() []item {
	return []item{
		{"CD-STD-1", 1, "PERP-NL", "NU", 1, 0},
		{"CD-STD-5", 1, "PERP-NL", "Lizenzen", 5, 0},
		{"CD-PRO-1", 2, "PERP-NL", "users", 1, 0},
		{"CD-PRO-5", 2, "PERP-NL", "User", 5, 0},
		{"CD PRO 5 (EDU)", 2, "PERP-NL", "", 5, 0},
		{"CD-PRO-FL", 2, "PERP-CC", "conc", 1, 0},
		{"MAR-1", 3, "PERP-CC", "floating", 1, 0},
		{"2E10", 3, "PERP-CC", "CCU", 10, 0},
		{"00123", 3, "PERP-NL", "usr", 1, 0},
		{"CD-SUITE", 4, "PERP-NL", "Stk", 1, 0},
		{"CD-MNT-1", 5, "MAINT", "EA", 1, 0},
		{"CF-EP25", 6, "SUB-EP", "endpoints", 25, 12},
		{"CF-EP100", 6, "SUB-EP", "EP", 100, 12},
		{"CF EP100", 6, "SUB-EP", "EP", 100, 12},
		{"CF-EP25-R", 6, "SUB-EP", "endpoints", 25, 12},
		{"CF-EP100-R", 6, "SUB-EP", "EP", 100, 12},
		{"CF-MDM25", 7, "SUB-EP", "node", 25, 12},
		{"CF-MDM25-R", 7, "SUB-EP", "", 25, 12},
		{"CF-SRV1", 8, "SUB-SRV", "Server", 1, 12},
		{"CF-SRV1-R", 8, "SUB-SRV", "Server", 1, 12},
		{"CV-ST-100", 9, "SUB-GB", "GB", 100, 12},
		{"CV-ST-1T", 9, "SUB-GB", "TB", 1, 12},
		{"CV-XF-100", 10, "SUB-XF", "Gbyte", 100, 12},
		{"CF-SUP-1", 11, "MAINT", "EA", 1, 12},
	}
}

// misspelled is what a clerk typed for a SKU; lookups/sku_map.csv knows it.
func misspelled(sku string) string {
	switch sku {
	case "CF-EP25":
		return "CFEP25"
	case "CF-EP100":
		return "CF-EP1OO" // letters O
	case "CF EP100":
		return "CF_EP100"
	case "CF-EP25-R":
		return "CF-EP25R"
	case "CF-EP100-R":
		return "CF-EP-100-R"
	case "CF-MDM25":
		return "CF-MDM-25"
	case "CF-MDM25-R":
		return "CF-MDM25 R"
	case "CF-SRV1":
		return "CF-SVR1"
	case "CF-SRV1-R":
		return "CF-SVR1-R"
	}
	return sku[:2] + "_" + sku[2:]
}

// obsolete is a SKU of the same product line that no catalog holds any more.
func obsolete(sku string) string { return sku[:2] + "-OLD9" }

// catalogRows writes the tables product and sku.
func (g *licdb) catalogRows() {
	for _, p := range products() {
		g.sink.add("product", p.id, p.code, p.name, p.line)
		g.expect.products.add(whether(p.line == fleet, migrated, excluded), 1)
	}
	lines := make(map[int]string)
	for _, p := range products() {
		lines[p.id] = p.line
	}
	for _, i := range items() {
		g.sink.add("sku", i.sku, i.product, i.model, textOrNull(i.uom), i.pack)
		g.expect.parts.add(whether(lines[i.product] == fleet, migrated, excluded), 1)
	}
}

func whether[T any](condition bool, yes, no T) T {
	if condition {
		return yes
	}
	return no
}
