package access

import "testing"

func TestFold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b  string
		alike bool
	}{
		{"Sales", "Sales", true},
		{"Sales", "sALES", true},
		{" Sales  EMEA ", "sales emea", true},
		{"Sales\u00a0EMEA", "Sales EMEA", true},
		{"straße", "STRASSE", false},
		{"K", "\u212a", true},
		{"Sales", "Sale", false},
		{"Sales EMEA", "SalesEMEA", false},
	} {
		if alike := fold(test.a) == fold(test.b); alike != test.alike {
			t.Errorf("%q and %q: alike %t, want %t", test.a, test.b, alike, test.alike)
		}
	}
}
