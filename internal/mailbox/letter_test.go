package mailbox

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newTestLetter is what is known of a message with such header fields.
func newTestLetter(fields ...string) letter {
	header := strings.Join(append(fields, "", ""), "\r\n")
	return newLetter(parcel{uid: 1, content: []byte(header)})
}

func TestIsFrom(t *testing.T) {
	for name, test := range map[string]struct {
		fields []string
		want   bool
	}{
		"the domain":             {[]string{"From: no-reply@clay.com"}, true},
		"the other domain":       {[]string{"From: no-reply@clay.run"}, true},
		"below it":               {[]string{"From: Clay <no-reply@mail.app.clay.com>"}, true},
		"capitals":               {[]string{"From: No-Reply@CLAY.com"}, true},
		"an encoded name":        {[]string{"From: =?utf-8?q?Cl=C3=A4y?= <no-reply@clay.com>"}, true},
		"a folded field":         {[]string{"From: Clay", " <no-reply@clay.com>"}, true},
		"ends like it":           {[]string{"From: no-reply@notclay.com"}, false},
		"begins like it":         {[]string{"From: no-reply@clay.com.example.com"}, false},
		"in the name":            {[]string{`From: "no-reply@clay.com" <mallory@example.com>`}, false},
		"in the local part":      {[]string{`From: "x@clay.com"@example.com`}, false},
		"the top level alone":    {[]string{"From: no-reply@com"}, false},
		"another letter":         {[]string{"From: no-reply@сlay.com"}, false},
		"two senders":            {[]string{"From: no-reply@clay.com, mallory@example.com"}, false},
		"two fields":             {[]string{"From: no-reply@clay.com", "From: mallory@example.com"}, false},
		"none":                   {[]string{"To: no-reply@clay.com"}, false},
		"empty":                  {[]string{"From:"}, false},
		"no address":             {[]string{"From: Clay"}, false},
		"not to be read":         {[]string{"From: <<no-reply@clay.com>"}, false},
		"a header without names": {[]string{"no-reply@clay.com"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := newTestLetter(test.fields...).isFrom(Request{}.senders()); got != test.want {
				t.Errorf("from Clay: %v, want %v", got, test.want)
			}
		})
	}
	own := Request{Senders: []string{"Mail.Example.com"}}
	if from := newTestLetter("From: clay@mail.example.com"); !from.isFrom(own.senders()) {
		t.Error("the domain that was asked for is refused")
	}
	if from := newTestLetter("From: no-reply@clay.com"); from.isFrom(own.senders()) {
		t.Error("a domain that was not asked for is taken")
	}
}

func TestIsFor(t *testing.T) {
	for name, test := range map[string]struct {
		fields []string
		want   bool
	}{
		"to":           {[]string{"To: ops@example.com"}, true},
		"among others": {[]string{"To: Jo <jo@example.com>, Ops <OPS@example.com>"}, true},
		"copy":         {[]string{"To: jo@example.com", "Cc: ops@example.com"}, true},
		"delivered":    {[]string{"To: jo@example.com", "Delivered-To: ops@example.com"}, true},
		"second field": {[]string{"Delivered-To: jo@example.com", "Delivered-To: <ops@example.com>"}, true},
		"not said":     {nil, true},
		"another":      {[]string{"To: sales@example.com"}, false},
		"contains it":  {[]string{"To: devops@example.com, ops@example.com.br"}, false},
		"tagged":       {[]string{"To: ops+clay@example.com"}, false},
		"in the name":  {[]string{`To: "ops@example.com" <sales@example.com>`}, false},
		"a secret":     {[]string{"To: undisclosed-recipients:;"}, false},
		"unreadable":   {[]string{"To: <<ops@example.com"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := newTestLetter(test.fields...).isFor("ops@example.com"); got != test.want {
				t.Errorf("for the account: %v, want %v", got, test.want)
			}
		})
	}
}

func TestIsOld(t *testing.T) {
	opened := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	at := func(ago time.Duration) string { return "Date: " + opened.Add(-ago).Format(time.RFC1123Z) }
	for name, test := range map[string]struct {
		field    string
		received time.Duration
		want     bool
	}{
		"now":               {at(0), 0, false},
		"clocks differ":     {at(maxAge), maxAge, false},
		"from the future":   {at(-time.Hour), -time.Hour, false},
		"sent long before":  {at(maxAge + time.Second), 0, true},
		"moved here":        {at(0), maxAge + time.Second, true},
		"does not say when": {"Date: soon", 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			letter := newTestLetter(test.field)
			letter.received = opened.Add(-test.received)
			if got := letter.isOld(opened); got != test.want {
				t.Errorf("old: %v, want %v", got, test.want)
			}
		})
	}
	if (letter{}).isOld(opened) {
		t.Error("a message that says nothing of its age is old")
	}
}

func TestIsForged(t *testing.T) {
	for name, test := range map[string]struct {
		fields []string
		want   bool
	}{
		"not checked":       {nil, false},
		"all good":          {[]string{"mx.example.com; dkim=pass header.i=@clay.com; spf=pass smtp.mailfrom=x@clay.com; dmarc=pass (p=REJECT)"}, false},
		"nothing found":     {[]string{"mx.example.com; none"}, false},
		"dkim failed":       {[]string{"mx.example.com; dkim=fail"}, true},
		"spf failed":        {[]string{"mx.example.com; spf=fail (mx.example.com: domain of clay.com does not designate 192.0.2.1)"}, true},
		"spf hard":          {[]string{"mx.example.com 1; SPF=HardFail; dkim=none"}, true},
		"forwarded":         {[]string{"mx.example.com; spf=fail; dkim=pass"}, false},
		"changed":           {[]string{"mx.example.com; spf=pass; dkim=fail"}, false},
		"one signature":     {[]string{"mx.example.com; dkim=fail header.d=a.com; dkim=pass header.d=clay.com"}, false},
		"unsure":            {[]string{"mx.example.com; spf=softfail; dkim=temperror"}, false},
		"another domain":    {[]string{"mx.example.com; spf=pass smtp.mailfrom=example.com; dmarc=fail header.from=clay.com"}, true},
		"spaces, a version": {[]string{"mx.example.com; dkim/1 = fail"}, true},
		"folded":            {[]string{"mx.example.com;\r\n\tspf=fail\r\n\tsmtp.mailfrom=clay.com"}, true},
		"two fields":        {[]string{"mx.example.com; spf=fail", "mx.example.com; dkim=pass"}, false},
		"one that came along": {
			[]string{"mx.example.com; spf=fail; dkim=none", "mx.example.net; spf=pass; dkim=pass"}, true,
		},
		"one that came along with bad news": {[]string{"mx.example.com; dkim=pass", "relay.example.net; dmarc=fail"}, false},
		"a comment that lies":               {[]string{"mx.example.com; spf=fail (; dkim=pass \\) (nested) ); dkim=none"}, true},
		"a quoted text that lies":           {[]string{`mx.example.com; spf=fail smtp.mailfrom="; dkim=pass \" ;dkim=pass"@clay.com`}, true},
		"a comment without end":             {[]string{"mx.example.com; dkim=pass smtp.mailfrom=x(y@clay.com; spf=fail"}, true},
		"a quoted text without end":         {[]string{`mx.example.com; dkim=pass smtp.mailfrom="x; spf=fail`}, true},
		"other methods":                     {[]string{"mx.example.com; arc=fail; iprev=fail; x=; =pass; ; auth"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			var fields []string
			for _, value := range test.fields {
				fields = append(fields, "Authentication-Results: "+value)
			}
			if got := newTestLetter(fields...).isForged(); got != test.want {
				t.Errorf("forged: %v, want %v", got, test.want)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	checker, results := authentication("MX.example.com 1; dkim=pass (good) header.d=clay.com ; spf=Neutral")
	want := []methodResult{{"dkim", "pass"}, {"spf", "neutral"}}
	if diff := cmp.Diff(want, results, cmp.AllowUnexported(methodResult{})); diff != "" || checker != "mx.example.com" {
		t.Errorf("from %q (-want +got):\n%s", checker, diff)
	}
}
