package seat_test

import (
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestParseEmail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 242) + "@example.com"
	for _, test := range []struct {
		reason string
		text   string
		want   seat.Email
	}{
		{"plain", "jo@example.com", "jo@example.com"},
		{"case does not matter", "Jo.Doe@Example.COM", "jo.doe@example.com"},
		{"space around is a slip", "\t jo@example.com\n", "jo@example.com"},
		{"sub-address", "jo+clay@example.com", "jo+clay@example.com"},
		{"apostrophe", "o'neil@example.com", "o'neil@example.com"},
		{"international", "Jörg@exämple.com", "jörg@exämple.com"},
		{"as long as possible", long, seat.Email(long)},
		{"too long", "a" + long, ""},
		{"grows too long in lower case", strings.Repeat("a", 240) + "Ⱥ@example.com", ""},
		{"empty", "", ""},
		{"no at sign", "jo.example.com", ""},
		{"no local part", "@example.com", ""},
		{"no domain", "jo@", ""},
		{"domain without a dot", "jo@localhost", ""},
		{"two at signs", "jo@doe@example.com", ""},
		{"trailing dot", "jo@example.com.", ""},
		{"display name", "Jo <jo@example.com>", ""},
		{"brackets", "<jo@example.com>", ""},
		{"quoted local part", `"jo"@example.com`, ""},
		{"comment", "jo@example.com(work)", ""},
		{"comma ends the address", "jo@example.com,kim@example.com", ""},
		{"semicolon ends the address", "jo@example.com;kim@example.com", ""},
		{"line break ends the address", "jo@example.com\nkim@example.com", ""},
		{"space inside", "jo doe@example.com", ""},
		{"no-break space inside", "jo\u00a0doe@example.com", ""},
		{"zero-width space", "jo\u200b@example.com", ""},
		{"right-to-left mark", "jo\u200f@example.com", ""},
		{"control character", "jo\x00@example.com", ""},
		{"invalid text", "jo\xff@example.com", ""},
		{"Kelvin sign becomes k", "\u212aim@example.com", ""},
		{"dotted capital I becomes i", "\u0130an@example.com", ""},
	} {
		t.Run(test.reason, func(t *testing.T) {
			t.Parallel()
			got, err := seat.ParseEmail(test.text)
			if got != test.want || (err != nil) != (test.want == "") {
				t.Errorf("ParseEmail(%q) = %q, %v; want %q", test.text, got, err, test.want)
			}
		})
	}
}

func FuzzParseEmail(f *testing.F) {
	for _, text := range []string{"jo@example.com", " Jo@Example.com ", "Jo <jo@example.com>", "\u212a@a.b", "a@b..c", "\xff@a.b"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		email, err := seat.ParseEmail(text)
		if err != nil {
			if email != "" {
				t.Fatalf("ParseEmail(%q) = %q together with an error", text, email)
			}
			return
		}
		again, err := seat.ParseEmail(string(email))
		if err != nil || again != email {
			t.Fatalf("parsing %q gives %q, and parsing that gives %q, %v", text, email, again, err)
		}
		if strings.ContainsAny(string(email), " \t\r\n,;<>\"") || strings.Count(string(email), "@") != 1 {
			t.Fatalf("ParseEmail(%q) = %q, which is not one address", text, email)
		}
		upper, err := seat.ParseEmail(strings.ToUpper(string(email)))
		if err == nil && isASCII(text) && upper != email {
			t.Fatalf("%q and its upper case differ: %q, %q", text, email, upper)
		}
	})
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r > 127 }) < 0
}
