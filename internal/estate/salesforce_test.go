package estate

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestVaultIsOfItsSizeAndMostAssetsKnowTheirLicense(t *testing.T) {
	dir := t.TempDir()
	if _, err := Generate(t.Context(), dir, Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(dir, "salesforce", "org.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	assets, active, linked := 0, 0, 0
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var row struct {
			Attributes   struct{ Type string }
			UsageEndDate string
			Status       string
			License      string `json:"LICDB_Id__c"`
		}
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		if row.Attributes.Type != "Asset" {
			continue
		}
		assets++
		if row.Status != "Obsolete" && row.UsageEndDate >= today().String() {
			active++
		}
		if row.License != "" {
			linked++
		}
	}
	if active < 650 || active > 750 {
		t.Errorf("%d assets are active, of about 700", active)
	}
	if share := 100 * linked / assets; share < 84 || share > 90 {
		t.Errorf("%d %% of %d assets have the id of their license, of about 87 %%", share, assets)
	}
}
