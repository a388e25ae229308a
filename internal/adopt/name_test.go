package adopt

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/seatwright/clay-operator/internal/seat"
)

func TestName(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 100) + "@example.com"
	for email, want := range map[seat.Email]string{
		"jo@example.com":            "jo",
		"jo.doe@example.com":        "jo.doe",
		"jo-doe@example.com":        "jo-doe",
		"jo@partner.example":        "jo-at-partner.example",
		"jo+clay@example.com":       "jo-clay-",
		"jo_doe@example.com":        "jo-doe-",
		"o'neil@example.com":        "o-neil-",
		"jörg@example.com":          "j-rg-",
		"ö@example.com":             "user-",
		"x-at-y@example.com":        "x-at-y-",
		"kustomization@example.com": "kustomization-",
		"-jo-@example.com":          "jo-",
		seat.Email(long):            strings.Repeat("a", 54) + "-",
	} {
		got := Name(email, "example.com")
		hashed := strings.HasSuffix(want, "-") && strings.HasPrefix(got, want) && len(got) == len(want)+hashLength
		if got != want && !hashed {
			t.Errorf("Name(%s) = %s, want %s", email, got, want)
		}
	}
}

// FuzzName makes names of pairs of addresses: each is one, and no two are the same.
func FuzzName(f *testing.F) {
	for _, pair := range [][2]string{{"jo@a.example", "jo@b.example"}, {"a+b@c.de", "a-b@c.de"}, {"x-at-y.z@home.example", "x@y.z"}, {"ß@a.b", "ss@a.b"}} {
		f.Add(pair[0], pair[1])
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		names := map[string]seat.Email{}
		for _, text := range []string{one, other} {
			email, err := seat.ParseEmail(text)
			if err != nil {
				return
			}
			for _, home := range []string{"home.example", ""} {
				name := Name(email, home)
				if wrong := validation.IsDNS1123Subdomain(name); len(wrong) > 0 || len(name) > maxName {
					t.Fatalf("%s is called %q: %v", email, name, wrong)
				}
			}
			name := Name(email, "home.example")
			if first, taken := names[name]; taken && first != email {
				t.Fatalf("%s and %s are both called %s", first, email, name)
			}
			names[name] = email
		}
	})
}
