package controllers

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	testProviderPassword = "battery-staple"
	testMailboxPassword  = "open-sesame"
	testOTPSecret        = "JBSWY3DPEHPK3PXP"
)

func TestParseLogin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		data map[string]string
		want sidecar.Login
	}{
		{"the address alone", nil, sidecar.Login{}},
		{"password", map[string]string{secretKeyPassword: testPassword}, sidecar.Login{Password: testPassword}},
		{"password from a file", map[string]string{secretKeyPassword: " " + testPassword + "\r\n"}, sidecar.Login{Password: " " + testPassword}},
		{
			"identity provider",
			map[string]string{
				secretKeyIdentityProviderUsername: "jo", secretKeyIdentityProviderPassword: testProviderPassword, secretKeyOTPSecret: testOTPSecret,
			},
			sidecar.Login{IdentityProvider: sidecar.IdentityProvider{Username: "jo", Password: testProviderPassword, OTPSecret: testOTPSecret}},
		},
		{
			"one-time codes as people copy them", map[string]string{secretKeyOTPSecret: "jbsw y3dp ehpk 3pxp\n"},
			sidecar.Login{IdentityProvider: sidecar.IdentityProvider{OTPSecret: "jbsw y3dp ehpk 3pxp"}},
		},
		{
			"one-time codes as an address", map[string]string{secretKeyOTPSecret: "otpauth://totp/Okta:jo?secret=" + testOTPSecret + "&digits=8"},
			sidecar.Login{IdentityProvider: sidecar.IdentityProvider{OTPSecret: "otpauth://totp/Okta:jo?secret=" + testOTPSecret + "&digits=8"}},
		},
		{
			"mailbox", map[string]string{secretKeyMailboxAddress: "imap.example.com", secretKeyMailboxPassword: testMailboxPassword},
			sidecar.Login{Mailbox: sidecar.Mailbox{Address: "imap.example.com", Password: testMailboxPassword}},
		},
		{
			"mailbox with a port and a user name",
			map[string]string{secretKeyMailboxAddress: "[::1]:1993", secretKeyMailboxUsername: "jo", secretKeyMailboxPassword: testMailboxPassword},
			sidecar.Login{Mailbox: sidecar.Mailbox{Address: "[::1]:1993", Username: "jo", Password: testMailboxPassword}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.want.Email = operatorAccount
			got, err := parseLogin(loginData(test.data))
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("the login is not what the Secret holds: %s", cmp.Diff(plain(test.want), plain(got)))
			}
		})
	}
}

// loginData adds the address of the account.
func loginData(texts map[string]string) map[string][]byte {
	data := map[string][]byte{secretKeyEmail: []byte(operatorAccount)}
	for key, text := range texts {
		data[key] = []byte(text)
	}
	return data
}

// plain shows what a login hides.
func plain(login sidecar.Login) []string {
	return []string{
		string(login.Email), string(login.Password), login.IdentityProvider.Username, string(login.IdentityProvider.Password),
		string(login.IdentityProvider.OTPSecret), login.Mailbox.Address, login.Mailbox.Username, string(login.Mailbox.Password),
	}
}

func TestParseLoginNamesTheKey(t *testing.T) {
	t.Parallel()
	// wrong is what nobody may find in an error.
	const wrong = "hunter2"
	for _, test := range []struct {
		name string
		data map[string]string
		key  string
	}{
		{"no address", map[string]string{secretKeyEmail: ""}, secretKeyEmail},
		{"a password for an address", map[string]string{secretKeyEmail: wrong}, secretKeyEmail},
		{"no text", map[string]string{secretKeyIdentityProviderPassword: wrong + "\xff"}, secretKeyIdentityProviderPassword},
		{"a code for its secret", map[string]string{secretKeyOTPSecret: wrong + "123456"}, secretKeyOTPSecret},
		{"codes that count", map[string]string{secretKeyOTPSecret: "otpauth://hotp/" + wrong + "?secret=" + testOTPSecret}, secretKeyOTPSecret},
		{"an address without a secret", map[string]string{secretKeyOTPSecret: "otpauth://totp/" + wrong}, secretKeyOTPSecret},
		{"the address of a page", map[string]string{secretKeyOTPSecret: "https://totp/" + wrong + "?secret=" + testOTPSecret}, secretKeyOTPSecret},
		{"an address that is none", map[string]string{secretKeyOTPSecret: "otpauth://%" + wrong}, secretKeyOTPSecret},
		{"mailbox without a password", map[string]string{secretKeyMailboxAddress: "imap.example.com"}, secretKeyMailboxPassword},
		{"mailbox without an address", map[string]string{secretKeyMailboxPassword: wrong}, secretKeyMailboxAddress},
		{"user name of no mailbox", map[string]string{secretKeyMailboxUsername: wrong}, secretKeyMailboxAddress},
		{"mailbox with a scheme", mailboxAt("imaps://imap.example.com/" + wrong), secretKeyMailboxAddress},
		{"mailbox without a host", mailboxAt(":993"), secretKeyMailboxAddress},
		{"mailbox without a port", mailboxAt("imap.example.com:"), secretKeyMailboxAddress},
		{"mailbox at port 0", mailboxAt("imap.example.com:0"), secretKeyMailboxAddress},
		{"mailbox at no port", mailboxAt("imap.example.com:imaps"), secretKeyMailboxAddress},
		{"user name in two lines", withMailbox(secretKeyMailboxUsername, wrong+"\nx"), secretKeyMailboxUsername},
		{"password in two lines", withMailbox(secretKeyMailboxPassword, wrong+"\nx"), secretKeyMailboxPassword},
		{"mailbox at an e-mail address", mailboxAt(wrong + "@example.com"), secretKeyMailboxAddress},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := parseLogin(loginData(test.data))
			if err == nil {
				t.Fatal("it was taken")
			}
			if text := err.Error(); !strings.Contains(text, `"`+test.key+`"`) || strings.Contains(strings.ToLower(text), wrong) {
				t.Errorf("the error is %q, want one that names %s and quotes nothing", text, test.key)
			}
		})
	}
}

func mailboxAt(address string) map[string]string {
	return map[string]string{secretKeyMailboxAddress: address, secretKeyMailboxPassword: testMailboxPassword}
}

func withMailbox(key, text string) map[string]string {
	data := mailboxAt("imap.example.com")
	data[key] = text
	return data
}

func TestDigestTellsCredentialsApart(t *testing.T) {
	t.Parallel()
	base := sidecar.Login{Email: operatorAccount, Password: testPassword}
	shifted := sidecar.Login{Email: seat.Email(operatorAccount + testPassword[:1]), Password: sidecar.Password(testPassword[1:])}
	others := []sidecar.Login{shifted, {Email: base.Email}}
	for _, change := range []func(*sidecar.Login){
		func(l *sidecar.Login) { l.IdentityProvider.Username = "x" },
		func(l *sidecar.Login) { l.IdentityProvider.Password = "x" },
		func(l *sidecar.Login) { l.IdentityProvider.OTPSecret = "x" },
		func(l *sidecar.Login) { l.Mailbox.Address = "x" },
		func(l *sidecar.Login) { l.Mailbox.Username = "x" },
		func(l *sidecar.Login) { l.Mailbox.Password = "x" },
	} {
		other := base
		change(&other)
		others = append(others, other)
	}
	seen := map[string]bool{digestOf(base): true}
	for _, other := range others {
		if digest := digestOf(other); seen[digest] {
			t.Errorf("two credentials have one digest: %v", plain(other))
		} else {
			seen[digest] = true
		}
	}
}
