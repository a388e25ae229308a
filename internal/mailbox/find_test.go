package mailbox

import (
	"encoding/base64"
	"errors"
	"fmt"
	"mime/quotedprintable"
	"regexp"
	"strings"
	"testing"
)

// compose makes a message from header fields and a body.
func compose(body string, fields ...string) string {
	return strings.Join(append(fields, "", body), "\r\n")
}

func plain(subject string, lines ...string) string {
	return compose(strings.Join(lines, "\r\n"), "From: Clay <no-reply@clay.com>", "Subject: "+subject, "Content-Type: text/plain; charset=utf-8")
}

func page(body string) string {
	return compose(body, "From: Clay <no-reply@clay.com>", "Subject: Sign in to Clay", "Content-Type: text/html; charset=utf-8")
}

// ambiguous stands for ErrAmbiguous in the tables.
const ambiguous = "ambiguous"

func requireFound(t *testing.T, message, want string) {
	t.Helper()
	got, err := find([]byte(message))
	if errors.Is(err, ErrAmbiguous) && got == "" {
		got = ambiguous
	} else if err != nil {
		t.Errorf("error %v", err)
	}
	if got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestFindInText(t *testing.T) {
	const signIn = "Sign in to Clay"
	footer := []string{"", "Clay Labs, 2261 Market Street, Suite 4000", "San Francisco, CA 94114", "© 2026 Clay Labs, Inc. Call +1 415 555 2671."}
	for name, test := range map[string]struct {
		message string
		want    string
	}{
		"a line of its own":     {plain(signIn, append([]string{"Your code is:", "", "482913"}, footer...)...), "482913"},
		"in a sentence":         {plain(signIn, append([]string{"Your sign-in code is 482913. It is good for 10 minutes."}, footer...)...), "482913"},
		"in the subject":        {plain("482913 is your Clay code", append([]string{"See the subject."}, footer...)...), "482913"},
		"in all of them":        {plain("Your code: 482913", append([]string{"code 482913", "482913"}, footer...)...), "482913"},
		"without the word":      {plain(signIn, append([]string{"Use 482913 to sign in."}, footer...)...), "482913"},
		"marked":                {plain(signIn, "Your code: **482913**"), "482913"},
		"in brackets":           {plain(signIn, "Your code (482913) is ready"), "482913"},
		"no space":              {plain(signIn, "Passcode:482913"), "482913"},
		"four digits":           {plain(signIn, append([]string{"Your code is 4829."}, footer...)...), "4829"},
		"eight digits":          {plain(signIn, append([]string{"Your code", "", "48291357"}, footer...)...), "48291357"},
		"a zero before":         {plain(signIn, "Your code is 004829"), "004829"},
		"a strange space":       {plain(signIn, "Your code is\u00a0482913"), "482913"},
		"room that takes none":  {plain(signIn, "Your code is 482\u200b913\u034f"), "482913"},
		"a marked line":         {plain(signIn, "Your code:", "*482913*"), "482913"},
		"not a word with code":  {plain(signIn, "Decode this: see the encoder for 48291"), ""},
		"nothing":               {plain(signIn, append([]string{"Follow the link."}, footer...)...), ""},
		"the year":              {plain(signIn, "The code of 2026", "2026"), ""},
		"three digits":          {plain(signIn, "Your code is 482."), ""},
		"nine digits":           {plain(signIn, "Your code is 482913577."), ""},
		"in groups":             {plain(signIn, "Your code is 482 913."), ""},
		"a telephone":           {plain(signIn, "The code did not come? Call 415 555 2671 or 4155 552671."), ""},
		"a card":                {plain(signIn, "Your code was paid with 4000 0000 0000 4829"), ""},
		"a link":                {plain(signIn, "https://app.clay.com/verify?code=482913 or https://app.clay.com/482913"), ""},
		"a link in brackets":    {plain(signIn, "Your code: <https://app.clay.com/(482913)>"), ""},
		"an address":            {plain(signIn, "code: 482913@example.com"), ""},
		"a port":                {plain(signIn, "code at localhost:8080 and 10.0.0.1:48291"), ""},
		"a colour":              {plain(signIn, "code #482913 and color: #123456; width:482913px"), ""},
		"a time":                {plain(signIn, "code at 12:4829"), ""},
		"a date":                {plain(signIn, "code of 20260901-482913, 2026/482913"), ""},
		"an amount":             {plain(signIn, "code for $482913, € 482913, 482913%, 482913.50, 482,913"), ""},
		"a part of a word":      {plain(signIn, "code A482913, 482913B, 482913's"), ""},
		"a numbered thing":      {plain(signIn, "code: invoice 482913, order number 577215, Ticket #482913, account no. 482913"), ""},
		"a zip code":            {plain(signIn, "Your zip code is 94114", "New York, NY 10001"), ""},
		"an office":             {plain(signIn, "This code works in our office in New York, NY 10001 alone"), ""},
		"no line for people":    {plain(signIn, "Your code is 482913 "+strings.Repeat("x", maxSentence)), ""},
		"a promotion":           {plain(signIn, "Use promo code 48291"), ""},
		"an amount of things":   {plain(signIn, "10000", "companies use Clay"), ""},
		"not about a log-in":    {plain("Your invoice", "482913", "Thank you."), ""},
		"other digits":          {plain(signIn, "Your code is ٤٨٢٩١٣"), ""},
		"two codes":             {plain(signIn, "Your code is 482913", "Your code is 577215"), ambiguous},
		"subject against text":  {plain("482913 is your code", "Your code is 577215"), ambiguous},
		"two without the word":  {plain(signIn, "Use 482913 or 577215 to sign in."), ambiguous},
		"one clear, one not":    {plain(signIn, "Your code is 482913", "577215 people sign in with a link every day, in all the world over"), "482913"},
		"far from the word":     {plain(signIn, "The code "+strings.Repeat("is on its way ", 5)+"4829"), ""},
		"a number for the word": {plain("5000 ways to log in", "See you."), ""},
	} {
		t.Run(name, func(t *testing.T) { requireFound(t, test.message, test.want) })
	}
}

func TestFindInPages(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"as it is usual": {`<!DOCTYPE html><html><head><title>Code 111111</title><style>.code{color:#222222;width:333333} .a
			444444 </style><script>var code = 555555;</script></head><body><!-- code 666666 --><div style="display:none">Your code&#847;&zwnj;</div>
			<table><tr><td>Enter this code:</td></tr><tr><td width="777777"><b>482913</b></td></tr></table>
			<a href="https://app.clay.com/verify/888888?code=999999">Sign in</a><img alt="" src="x?222222"></body></html>`, "482913"},
		"digits on their own": {`<p>Your code is <span>4</span><span>8</span><span>2</span><span>9</span><span>1</span><span>3</span></p>`, "482913"},
		"an address in cells": {`<p>Your code is 482913</p><table><tr><td>New York, NY</td><td>10001</td></tr></table>`, "482913"},
		"lines of the source": {"<p>Your code\nis\n482913</p>", "482913"},
		"breaks":              {"Your code:<br>482913<br/>It is good for a while.", "482913"},
		"entities":            {"<p>Your&nbsp;code&#58;&nbsp;&#52;82913</p>", "482913"},
		"words that touch":    {"<p>482913</p><p>577215</p> code", ambiguous},
		"unclosed":            {"<p>Your code is <b>482913", "482913"},
		"hidden to the end":   {"<p>Your code is</p><style>482913", ""},
		"an unfinished tag":   {"<p>Your code is</p><a href='482913", ""},
	} {
		t.Run(name, func(t *testing.T) { requireFound(t, page(test.body), test.want) })
	}
}

func TestFindInEveryEncoding(t *testing.T) {
	quoted := func(text string) string {
		var written strings.Builder
		writer := quotedprintable.NewWriter(&written)
		if _, err := writer.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		return written.String()
	}
	wide := func(text string) string { // UTF-16, big end first
		var written strings.Builder
		for _, r := range text {
			written.Write([]byte{byte(r >> 8), byte(r)})
		}
		return base64.StdEncoding.EncodeToString([]byte(written.String()))
	}
	const text = "Ihr Sign-in code für Clay, gültig für zehn Minuten: 482913\r\n"
	part := func(kind, body string) string { return "--b\r\nContent-Type: " + kind + "\r\n\r\n" + body + "\r\n" }
	nested := func(levels int) string {
		body := "Content-Type: text/plain\r\n\r\n" + text
		for level := range levels {
			body = fmt.Sprintf("Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n", level, level, body, level)
		}
		return body
	}
	for name, test := range map[string]struct {
		body, want string
		fields     []string
	}{
		"nothing said":     {text, "482913", nil},
		"quoted printable": {quoted(text), "482913", []string{"Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable"}},
		"base64": {
			base64.StdEncoding.EncodeToString([]byte(text)), "482913", []string{"Content-Type: text/plain", "Content-Transfer-Encoding: base64"},
		},
		"Latin 1":            {strings.ReplaceAll(text, "ü", "\xfc"), "482913", []string{"Content-Type: text/plain; charset=iso-8859-1"}},
		"wide letters":       {wide(text), "482913", []string{"Content-Type: text/plain; charset=utf-16be", "Content-Transfer-Encoding: base64"}},
		"an unknown charset": {text, "482913", []string{"Content-Type: text/plain; charset=klingon"}},
		"a broken base64":    {"WW91ciBjb2RlIGlzIDQ4MjkxMzU!", "", []string{"Content-Type: text/plain", "Content-Transfer-Encoding: base64"}},
		"an unknown encoding": {
			text, "482913", []string{"Content-Type: text/plain", "Content-Transfer-Encoding: klingon"},
		},
		"an encoded subject": {"hello", "482913", []string{"Subject: =?utf-8?q?Ihr_code_f=C3=BCr_Clay=3A_482913?="}},
		"two forms": {
			part("text/plain", text) + part("text/html", "<p>code</p><p>482913</p>") + "--b--", "482913",
			[]string{"Content-Type: multipart/alternative; boundary=b"},
		},
		"two forms that differ": {
			part("text/plain", text) + part("text/html", "<p>code</p><p>577215</p>") + "--b--", ambiguous,
			[]string{"Content-Type: multipart/alternative; boundary=b"},
		},
		"an attachment": {
			part("text/plain", "Your code is attached") + part("text/plain\r\nContent-Disposition: attachment; filename=a.txt", text) + "--b--", "",
			[]string{"Content-Type: multipart/mixed; boundary=b"},
		},
		"a message in it": {part("message/rfc822", text) + "--b--", "", []string{"Content-Type: multipart/mixed; boundary=b"}},
		"cut off":         {part("text/plain", text), "", []string{"Content-Type: multipart/mixed; boundary=b"}},
		"too many": {
			strings.Repeat(part("text/plain", "code"), maxParts) + part("text/plain", text) + "--b--", "",
			[]string{"Content-Type: multipart/mixed; boundary=b"},
		},
		"no boundary":     {text, "", []string{"Content-Type: multipart/mixed"}},
		"no kind of text": {text, "", []string{"Content-Type: application/json"}},
		"no kind at all":  {text, "", []string{"Content-Type: ;;;"}},
	} {
		t.Run(name, func(t *testing.T) { requireFound(t, compose(test.body, test.fields...), test.want) })
	}
	requireFound(t, nested(maxDepth-1), "482913")
	requireFound(t, nested(maxDepth), "")
	requireFound(t, nested(500), "")
	for _, message := range []string{"", "\r\n", "Subject", "\x00", ": : :\r\n\r\n"} {
		requireFound(t, message, "")
	}
}

var aCode = regexp.MustCompile(`^[0-9]{4,8}$`)

// FuzzCode: whatever is in a message, there is a code of digits, or none.
func FuzzCode(f *testing.F) {
	for _, seed := range []string{
		plain("482913 is your code", "Your code is 482913."), page("<p>Your code</p><td>482913"), "", "\r\n\r\ncode 4829",
		compose("--b\r\nContent-Type: text/html\r\n\r\n<b>code 482913</b>\r\n--b--", "Content-Type: multipart/mixed; boundary=b"),
		compose("Y29kZSA0ODI5MTM=", "Content-Type: text/plain; charset=utf-16", "Content-Transfer-Encoding: base64"),
		plain("log in", "NY 10001 order no. 4829 +1 415 (555) 2671 $ 4829 482913\u200b"),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		code, err := find(raw)
		if err != nil && (code != "" || !errors.Is(err, ErrAmbiguous)) {
			t.Fatalf("code %q with error %v", code, err)
		}
		if code != "" && !aCode.MatchString(code) {
			t.Fatalf("%q is no code", code)
		}
	})
}
