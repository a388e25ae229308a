package browser

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestRedactorText(t *testing.T) {
	r := NewRedactor([]string{"hunter2", `pa"ss word&`, "  "}, []string{"Operator@example.com"})
	ada := r.email("ada@example.com")
	cases := map[string]struct{ text, want string }{
		"nothing to hide":    {`- heading "Team" [level=1]`, `- heading "Team" [level=1]`},
		"known secret":       {"Password: hunter2.", "Password: " + Redacted + "."},
		"inside a word":      {"xhunter2x", "x" + Redacted + "x"},
		"JSON":               {`{"p":"pa\"ss word&"}`, `{"p":"` + Redacted + `"}`},
		"JSON with escape":   {`{"p":"pa\"ss word\u0026"}`, `{"p":"` + Redacted + `"}`},
		"form":               {"p=pa%22ss+word%26", "p=" + Redacted},
		"HTML":               {"pa&#34;ss word&amp;", Redacted},
		"e-mail":             {"row ada@example.com Editor", "row " + ada + " Editor"},
		"e-mail, other case": {"Ada@Example.com", ada},
		"e-mail, escaped":    {"/users/ada%40example.com", "/users/" + ada},
		"allowed e-mail":     {"signed in as operator@example.com", "signed in as operator@example.com"},
		"JWT":                {"t: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln.", "t: " + Redacted},
		"hexadecimal":        {"id 0123456789abcdef0123456789abcdef", "id " + Redacted},
		"API key":            {"key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key " + Redacted},
		"long word":          {"Donaudampfschifffahrtsgesellschaft", "Donaudampfschifffahrtsgesellschaft"},
		"long number":        {"000000000000000000000000000001", "000000000000000000000000000001"},
		"short identifier":   {"/workspaces/123456/home", "/workspaces/123456/home"},
		"query":              {"- /url: https://x.example.com/a?code=1#b", "- /url: https://x.example.com/a"},
		"relative query":     {"  - /url: /a?code=1", "  - /url: /a"},
		"fragment":           {"see //x.example.com/a#access next", "see //x.example.com/a next"},
		"password field":     {`- textbox "Password": letmein`, `- textbox "Password": ` + Redacted},
		"code field":         {`  - textbox "One-time code" [active]: "123456"`, `  - textbox "One-time code" [active]: ` + Redacted},
		"other field":        {`- textbox "Name": Ada`, `- textbox "Name": Ada`},
		"not UTF-8":          {"a\xffb", "a�b"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, r.Text(c.text)); diff != "" {
				t.Errorf("Text (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRedactorEmailIsShortAndStable(t *testing.T) {
	got := NewRedactor(nil, nil).Text("ada@example.com")
	// The same on every machine and in every run, so that pictures can be compared.
	if want := "e-mail:b5fc85e5"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got != NewRedactor([]string{"x y"}, nil).Text("ADA@example.com") {
		t.Error("two redactors hash one address differently")
	}
	if got == NewRedactor(nil, nil).Text("bob@example.com") {
		t.Error("two addresses have one hash")
	}
}

func TestRedactorBoundsSize(t *testing.T) {
	got := NewRedactor(nil, nil).Text(strings.Repeat("äö ", MaxText))
	if len(got) > MaxText || !utf8.ValidString(got) || !strings.HasSuffix(got, Redacted) {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-10:])
	}
}

func TestRedactorURL(t *testing.T) {
	r := NewRedactor([]string{"hunter2"}, nil)
	cases := map[string]string{
		"https://u:p@app.example.com/login?next=%2F#x":                        "https://app.example.com/login",
		"https://app.example.com/accept/0123456789abcdef0123456789abcdef?x=y": "https://app.example.com/accept/" + Redacted,
		"https://app.example.com/hunter2/x":                                   "https://app.example.com/" + Redacted + "/x",
		"data:text/html,hunter2":                                              "data:",
		"about:blank":                                                         "about:",
		"http://[::1":                                                         "http:",
	}
	for address, want := range cases {
		if got := r.URL(address); got != want {
			t.Errorf("URL(%q) = %q, want %q", address, got, want)
		}
	}
}

func TestRedactorFind(t *testing.T) {
	r := NewRedactor([]string{"hunter2", "not there"}, nil)
	text := "- text: hunter2 ada@example.com\n- textbox \"Verification code\": 123456\n- text: 0123456789abcdef0123456789abcdef"
	want := []string{"0123456789abcdef0123456789abcdef", "123456", "hunter2"}
	if diff := cmp.Diff(want, r.find(text)); diff != "" {
		t.Errorf("find (-want +got):\n%s", diff)
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("hunter2", "Password: hunter2, again hunter2")
	f.Add("ab", "aabb ada@example.com //x/y?ab")
	f.Add("e-mail", "ada@example.com e-mail")
	f.Add(`a"b\c`, `{"x":"a\"b\\c"}`)
	f.Fuzz(func(t *testing.T, secret, text string) {
		if strings.TrimSpace(secret) == "" || !utf8.ValidString(secret) || strings.Contains(Redacted, secret) {
			return
		}
		r := NewRedactor([]string{secret}, nil)
		quoted, err := json.Marshal(secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{text, text + secret, secret + text + secret, text + string(quoted), `- textbox "Name": ` + secret} {
			got := r.Text(page)
			if strings.Contains(got, secret) && !strings.Contains(secret, "▇") && !strings.Contains(secret, "�") {
				t.Errorf("secret %q is in %q", secret, got)
			}
			if len(got) > MaxText || !utf8.ValidString(got) {
				t.Errorf("%d bytes, valid: %v", len(got), utf8.ValidString(got))
			}
			if again := emailPattern.FindString(got); again != "" && !strings.Contains(secret, "@") {
				t.Errorf("address %q is left in %q", again, got)
			}
		}
	})
}
