package e2e

import (
	"bytes"
	"context"
	"log"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// plainScheme is how the operator is told of a mail server without TLS, which it takes on this machine alone.
const plainScheme = "plain://"

// inbox is the mailbox of the operator's account, on a mail server that can go away.
type inbox struct {
	t        *testing.T
	user     *imapmemserver.User
	address  string
	password string
	// stop ends the server.
	stop func()
}

// newInbox starts a mail server that lasts as long as the test.
func newInbox(t *testing.T, password string) *inbox {
	t.Helper()
	m := &inbox{t: t}
	m.open(password, "127.0.0.1:0")
	t.Cleanup(func() { m.stop() })
	return m
}

// open starts the server with an empty mailbox that takes a password.
func (m *inbox) open(password, address string) {
	m.t.Helper()
	m.user, m.password = imapmemserver.NewUser(operatorEmail, password), password
	if err := m.user.Create("INBOX", nil); err != nil {
		m.t.Fatal(err)
	}
	m.serve(address)
}

// changePassword has the mailbox take another password from now on.
func (m *inbox) changePassword() {
	m.t.Helper()
	m.stop()
	m.open(m.password+"-2", m.host())
}

// host is where the server listens.
func (m *inbox) host() string { return strings.TrimPrefix(m.address, plainScheme) }

// serve starts the server at an address.
func (m *inbox) serve(address string) {
	m.t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		m.t.Fatal(err)
	}
	m.address = plainScheme + listener.Addr().String()
	users := imapmemserver.New()
	users.AddUser(m.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		// The connection does not leave this machine.
		InsecureAuth: true,
		Logger:       log.New(m.t.Output(), "mail server: ", 0),
	})
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	m.stop = func() {
		if err := server.Close(); err != nil {
			m.t.Errorf("stop the mail server: %v", err)
		}
		if err := <-done; err != nil {
			m.t.Errorf("the mail server ended: %v", err)
		}
		m.stop = func() {}
	}
}

// take puts the e-mails with codes into the mailbox, as if they came from Clay itself. What Clay sends to others goes nowhere.
func (m *inbox) take(mail claysim.Mail) {
	if m == nil || mail.Kind != claysim.MailCode {
		return
	}
	message := bytes.ReplaceAll(mail.Message(), []byte("clay.example.com"), []byte("clay.com"))
	if _, err := m.user.Append("INBOX", bytes.NewReader(message), &imap.AppendOptions{Time: time.Now()}); err != nil {
		m.t.Errorf("deliver an e-mail: %v", err)
	}
}

// mailRows are log-ins with a code that Clay sends by e-mail.
func mailRows() []row {
	byMail := func(seed *claysim.Seed) { seed.Accounts[0].SignIn = claysim.SignInCode }
	return []row{
		{fault: "signed out, and the way in is a code by e-mail", step: atLogin, seed: byMail},
		{
			fault: "the mailbox cannot be reached", step: atLogin, shows: "MailboxFailed", person: true, seed: byMail,
			inject: func(s *scene) { s.mailbox.stop() },
			undo:   func(s *scene) { s.mailbox.serve(s.mailbox.host()) },
		},
		// The password changes in the mailbox and not in the Secret, so that a pass that is under way meets the fault too.
		{
			fault: "the mailbox takes another password", step: atLogin, shows: "MailboxFailed", person: true, seed: byMail,
			inject: func(s *scene) { s.mailbox.changePassword() },
			undo:   func(s *scene) { s.setLogin("mailboxPassword", s.mailbox.password) },
		},
	}
}
