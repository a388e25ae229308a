package clayweb

import (
	"net/url"
	"testing"
	"time"
)

func TestProviderHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		host      string
		want      *site
		lookAlike bool
	}{
		{"acme.okta.com", &oktaSite, false},
		{"ACME.OktaPreview.com", &oktaSite, false},
		{"login.microsoftonline.com", &entraSite, false},
		{"accounts.google.com", &googleSite, false},
		{"acme.onelogin.com", &oneloginSite, false},
		{"login.acme.example.com", nil, false},
		{"notokta.com", nil, false},
		{"okta.com.example.com", nil, true},
		{"login.microsoftonline.com.example.com", nil, true},
		{"accounts.google.com.evil.example.com", nil, true},
		{"okta.community", nil, false},
	}
	for _, test := range tests {
		var got *site
		for _, known := range providers {
			if known.owns(test.host) {
				got = known
			}
		}
		if got != test.want || isLookAlike(test.host) != test.lookAlike {
			t.Errorf("%s: provider %v, look-alike %v", test.host, got, isLookAlike(test.host))
		}
	}
}

func TestNothingIsTypedWithoutEncryption(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"https://login.example.com/": true, "http://login.example.com/": false, "http://localhost:8080/": true, "http://okta.localhost:1/": true,
		"http://127.0.0.1:8080/": true, "http://[::1]:8080/": true, "http://127.0.0.1.example.com/": false, "http://localhost.example.com/": false,
		"ftp://localhost/": false, "about:blank": false, "http://10.0.0.1/": false,
	}
	for text, want := range tests {
		address, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := isProtected(address); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

// What the makers are known to write.
func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	b := builtIn(t)
	tests := map[string]refusal{
		"Incorrect email or password": refusedWrongPassword,
		"Unable to sign in":           refusedWrongPassword,
		"Your account or password is incorrect. If you don't remember your password, reset it now.": refusedWrongPassword,
		"Wrong password. Try again or click Forgot password to reset it.":                           refusedWrongPassword,
		"Invalid username or password.":                                                             refusedWrongPassword,
		"Authentication failed":                                                                     refusedWrongPassword,
		"Your account is temporarily locked to prevent unauthorized use. Try again later.":          refusedLocked,
		"Your account is locked. Please contact your administrator.":                                refusedLocked,
		"Account is temporarily disabled; contact your administrator or retry later.":               refusedLocked,
		"Unavailable because of too many failed attempts. Try again in a few hours.":                refusedLocked,
		"You are locked out":                                                 refusedLocked,
		"Invalid code. Try again.":                                           refusedCode,
		"Wrong code. Try again.":                                             refusedCode,
		"This code is not correct":                                           refusedCode,
		"Your code doesn't match our records. Please try again.":             refusedCode,
		"You didn't enter the expected verification code. Please try again.": refusedCode,
		"Invalid authenticator code.":                                        refusedCode,
		"We couldn't find an account with that username. Try another, or get a new Microsoft account.":     refusedUnknownAccount,
		"This username may be incorrect. Make sure you typed it correctly. Otherwise, contact your admin.": refusedUnknownAccount,
		"Couldn’t find your Google Account":                           refusedUnknownAccount,
		"There is no account with the Username operator@example.com.": refusedUnknownAccount,
		"The moon is made of cheese":                                  refusedOther,
		"You have reached your seat limit":                            refusedOther,
		"":                                                            refusedOther,
	}
	for text, want := range tests {
		if got := b.loginRefusal(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// A code is made for the clock of who checks it, where that differs so much that it matters.
func TestSkew(t *testing.T) {
	t.Parallel()
	tests := map[time.Duration]time.Duration{
		0: 0, 2 * time.Second: 0, -2 * time.Second: 0, time.Minute: time.Minute, -time.Minute: -time.Minute,
	}
	for measured, want := range tests {
		around := newSurroundings(time.Now)
		around.skews["login.example.com"] = measured
		if got := around.skew("login.example.com"); got != want {
			t.Errorf("measured %s, used %s", measured, got)
		}
	}
}
