package claysim

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const codeEmail = "code@example.com"

// codeServer is the sample world with an account that signs in by e-mailed code.
func codeServer(t *testing.T, options Options) *Server {
	t.Helper()
	options.Seed = Sample()
	options.Seed.Accounts = append(options.Seed.Accounts, Account{Email: codeEmail, SignIn: SignInCode})
	return startServer(t, options)
}

func (b *browser) askForCode() {
	b.t.Helper()
	if got := b.call(http.MethodPost, "/v3/auth/start", credentials{Email: codeEmail}); got.body["method"] != string(SignInCode) {
		b.t.Fatalf("asked for a code: %d, %v", got.status, got.body["method"])
	}
}

func newestCode(t *testing.T, server *Server) string {
	t.Helper()
	outbox := server.Outbox()
	code := outbox[len(outbox)-1].Code
	if code == "" {
		t.Fatal("the newest e-mail holds no code")
	}
	return code
}

func TestACodeIsVoidAfterTenMinutesAndAfterANewRequest(t *testing.T) {
	clock := newFakeClock()
	server := codeServer(t, Options{Now: clock.Now})
	b := newBrowser(t, server)
	enter := func(code string) string {
		t.Helper()
		got := b.call(http.MethodPost, "/v3/auth/code", credentials{Email: codeEmail, Code: code})
		message, _ := got.body["message"].(string)
		return message
	}
	b.askForCode()
	first := newestCode(t, server)
	b.askForCode()
	second := newestCode(t, server)
	if got := enter(first); got != sentenceWrongCode {
		t.Errorf("the first code after a second request: %q", got)
	}
	clock.advance(codeLife)
	if got := enter(second); got != sentenceOldCode {
		t.Errorf("a code of ten minutes ago: %q", got)
	}
	b.askForCode()
	clock.advance(codeLife - time.Second)
	if got := enter(newestCode(t, server)); got != "" {
		t.Errorf("a code of less than ten minutes ago: %q", got)
	}
	var refused []string
	for _, step := range server.LogIns() {
		if step.Step == LogInCode {
			refused = append(refused, step.Refused)
		}
	}
	if diff := cmp.Diff([]string{string(problemWrongCode), string(problemOldCode), ""}, refused); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestEveryMailIsHandedOverInOrder(t *testing.T) {
	handed := make(chan Mail, 1)
	server := codeServer(t, Options{OnMail: func(m Mail) { handed <- m }})
	newBrowser(t, server).askForCode()
	outbox := server.Outbox()
	if len(outbox) != 3 {
		t.Fatalf("%d e-mails", len(outbox))
	}
	for _, want := range outbox {
		if diff := cmp.Diff(want, <-handed); diff != "" {
			t.Errorf("handed over (-want +got):\n%s", diff)
		}
	}
}

func TestAMailLooksReal(t *testing.T) {
	clock := newFakeClock()
	server := codeServer(t, Options{Now: clock.Now})
	newBrowser(t, server).askForCode()
	sixDigits := regexp.MustCompile(`\b\d{6}\b`)
	for _, sent := range server.Outbox() {
		message, err := mail.ReadMessage(bytes.NewReader(sent.Message()))
		if err != nil {
			t.Fatalf("%s: %v", sent.Kind, err)
		}
		from, err := mail.ParseAddress(message.Header.Get("From"))
		if err != nil || from.Name != "Clay" {
			t.Errorf("%s: from %q, %v", sent.Kind, message.Header.Get("From"), err)
		}
		if to := message.Header.Get("To"); to != sent.To {
			t.Errorf("%s: to %q", sent.Kind, to)
		}
		if date, err := message.Header.Date(); err != nil || !date.Equal(clock.Now()) {
			t.Errorf("%s: date %v, %v", sent.Kind, date, err)
		}
		if subject := message.Header.Get("Subject"); subject != sent.Subject() || subject == "" {
			t.Errorf("%s: subject %q", sent.Kind, subject)
		}
		parts := readParts(t, message)
		if got := sixDigits.FindAllString(parts["text/plain"], -1); sent.Kind == MailCode && !cmp.Equal(got, []string{sent.Code}) {
			t.Errorf("numbers of six digits in the text: %v", got)
		}
		for kind, text := range parts {
			if !strings.Contains(text, sent.Code) || !strings.Contains(text, sent.Link) {
				t.Errorf("%s: neither code nor link in %s", sent.Kind, kind)
			}
		}
	}
}

// readParts decodes the parts of a message, by content type.
func readParts(t *testing.T, message *mail.Message) map[string]string {
	t.Helper()
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	reader := multipart.NewReader(message.Body, parameters["boundary"])
	parts := map[string]string{}
	for {
		part, err := reader.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(part)
		if err != nil {
			t.Fatal(err)
		}
		kind, _, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts[kind] = string(content)
	}
	if len(parts) != 2 {
		t.Errorf("parts %v", parts)
	}
	return parts
}
