package mailbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCheck(t *testing.T) {
	good := Account{Address: host, Username: username, Password: password}
	for name, test := range map[string]struct {
		change func(*Account)
		want   string
	}{
		"good":              {func(*Account) {}, ""},
		"a port":            {func(a *Account) { a.Address = host + ":143" }, ""},
		"an IP address":     {func(a *Account) { a.Address = "192.0.2.1" }, ""},
		"IPv6":              {func(a *Account) { a.Address = "2001:db8::1" }, ""},
		"IPv6 with a port":  {func(a *Account) { a.Address = "[2001:db8::1]:993" }, ""},
		"plain text here":   {func(a *Account) { a.Address = "plain://127.0.0.1:1143" }, ""},
		"a folder":          {func(a *Account) { a.Folder = "Codes/Cläy" }, ""},
		"no address":        {func(a *Account) { a.Address = "" }, "address of the mailbox is missing"},
		"no host":           {func(a *Account) { a.Address = ":993" }, "host:port"},
		"a scheme":          {func(a *Account) { a.Address = "imaps://" + host }, "host:port"},
		"a whole URL":       {func(a *Account) { a.Address = "imaps://ops:" + password + "@" + host + "/" }, "host:port"},
		"two ports":         {func(a *Account) { a.Address = host + ":1:2" }, "host:port"},
		"a space":           {func(a *Account) { a.Address = host + " " }, "host:port"},
		"a strange letter":  {func(a *Account) { a.Address = "imáp.example.com" }, "host:port"},
		"no port":           {func(a *Account) { a.Address = host + ":" }, "port"},
		"port zero":         {func(a *Account) { a.Address = host + ":0" }, "port"},
		"too large a port":  {func(a *Account) { a.Address = host + ":65536" }, "port"},
		"a named port":      {func(a *Account) { a.Address = host + ":imaps" }, "port"},
		"plain text there":  {func(a *Account) { a.Address = "plain://192.0.2.1:143" }, "plain text"},
		"plain text, name":  {func(a *Account) { a.Address = "plain://localhost:143" }, "plain text"},
		"no user name":      {func(a *Account) { a.Username = "" }, "user name"},
		"a line break":      {func(a *Account) { a.Username = "ops\r\nT1 LOGOUT" }, "user name"},
		"no password":       {func(a *Account) { a.Password = "" }, "password"},
		"a line's end":      {func(a *Account) { a.Password += "\n" }, "line break"},
		"a folder in lines": {func(a *Account) { a.Folder = "IN\nBOX" }, "folder"},
	} {
		t.Run(name, func(t *testing.T) {
			account := good
			test.change(&account)
			err := account.Check()
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			requireNothingTold(t, err)
			if _, opened := Open(t.Context(), Account{}, request); opened == nil {
				t.Error("an empty account was opened")
			}
		})
	}
}

func TestARequestNamesWhoSignsIn(t *testing.T) {
	for _, recipient := range []string{"", "ops"} {
		err := Request{Recipient: recipient}.Check()
		if err == nil || !strings.Contains(err.Error(), "the address that signs in") {
			t.Errorf("%q: error %v", recipient, err)
		}
	}
	if err := request.Check(); err != nil {
		t.Error(err)
	}
}

// requireNoSecret looks for the password as text, in hexadecimal and as numbers.
func requireNoSecret(t *testing.T, where, shown string) {
	t.Helper()
	for _, form := range []string{
		password, fmt.Sprintf("%x", password), fmt.Sprintf("%X", password), strings.Trim(fmt.Sprintf("%d", []byte(password)), "[]"),
	} {
		if strings.Contains(shown, form) {
			t.Errorf("%s shows the password: %s", where, shown)
		}
	}
}

func TestThePasswordIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		account := server.account()
		watch := open(t, account)
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
		account.world = nil
		holders := []any{account, &account, account.Password, &account.Password, []Account{account}, map[string]Account{"a": account}, *watch, watch}
		for _, holder := range holders {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
				shown := fmt.Sprintf(verb, holder)
				requireNoSecret(t, fmt.Sprintf("%s of %T", verb, holder), shown)
				if strings.Contains(shown, "482913") {
					t.Errorf("%s of %T shows the code", verb, holder)
				}
			}
			if encoded, err := json.Marshal(holder); err == nil {
				requireNoSecret(t, "JSON", string(encoded))
			}
			var log bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
				slog.New(handler).Info("x", "holder", holder)
			}
			requireNoSecret(t, "the log", log.String())
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d"} {
			if shown := fmt.Sprintf(verb, account.Password); shown != redacted {
				t.Errorf("%s shows %q, want %q", verb, shown, redacted)
			}
		}
	})
}
