package clayweb

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const mailboxPassword = "Mailbox-password-1618"

// inbox is a mailbox on this machine.
type inbox struct {
	t       *testing.T
	user    *imapmemserver.User
	address string
}

// newInbox starts a mail server that lasts as long as the test.
func newInbox(t *testing.T) *inbox {
	t.Helper()
	box := &inbox{t: t, user: imapmemserver.NewUser(claysim.SampleEmail, mailboxPassword)}
	if err := box.user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	users := imapmemserver.New()
	users.AddUser(box.user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return users.NewSession(), nil, nil
		},
		// The connection does not leave this machine.
		InsecureAuth: true,
		Logger:       log.New(t.Output(), "mail server: ", 0),
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	box.address = "plain://" + listener.Addr().String()
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return box
}

// deliver puts a message into the mailbox.
func (b *inbox) deliver(message []byte) {
	if _, err := b.user.Append("INBOX", bytes.NewReader(message), &imap.AppendOptions{Time: time.Now()}); err != nil {
		b.t.Error(err)
	}
}

// newMailWorld has an account that signs in by a code in a mailbox, into which the simulator's e-mails go as the test has them.
func newMailWorld(t *testing.T, change func(claysim.Mail) []byte) *world {
	t.Helper()
	box := newInbox(t)
	// A code of an earlier day lies there already.
	box.deliver(claysim.Mail{ID: 1, At: time.Now().Add(-24 * time.Hour), Kind: claysim.MailCode, To: claysim.SampleEmail, Code: "111111"}.Message())
	w := newWorld(t, func(o *claysim.Options) {
		o.OnMail = func(mail claysim.Mail) {
			if message := change(mail); mail.Kind == claysim.MailCode && message != nil {
				box.deliver(message)
			}
		}
	})
	w.AddAccount(claysim.Account{Email: claysim.SampleEmail, SignIn: claysim.SignInCode})
	w.backend.senders = []string{"clay.example.com"}
	w.only(sidecar.Login{Mailbox: sidecar.Mailbox{Address: box.address, Password: mailboxPassword}})
	return w
}

func TestLoginByMailedCode(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	var code atomic.Value
	w := newMailWorld(t, func(mail claysim.Mail) []byte {
		code.Store(mail.Code)
		return mail.Message()
	})
	w.backend.log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	observation := w.mustObserve()
	compareMembers(t, observation.Inventory.Members, sampleMembers())
	w.wantSteps("email", "code", "session")
	wantNoSecret(t, "the log", logged.String(), []string{code.Load().(string), mailboxPassword})
	// The next one needs a new code, and does not take the old one for it.
	w.EndSessions()
	w.mustObserve()
	w.wantSteps("email", "code", "session", "email", "code", "session")
}

func TestLoginByMailedCodeFails(t *testing.T) {
	t.Parallel()
	as := func(mail claysim.Mail) []byte { return mail.Message() }
	tests := []struct {
		name   string
		mail   func(claysim.Mail) []byte
		edit   func(*world)
		class  sidecar.Class
		reason string
		steps  string
	}{
		{"no e-mail", func(claysim.Mail) []byte { return nil }, func(w *world) { w.backend.waits.mail = 2 * time.Second },
			sidecar.HumanNeeded, sidecar.ReasonMailboxFailed, "email"},
		{"from somebody else", as, func(w *world) { w.backend.waits.mail, w.backend.senders = 2*time.Second, []string{"other.example.com"} },
			sidecar.HumanNeeded, sidecar.ReasonMailboxFailed, "email"},
		{"two codes", func(mail claysim.Mail) []byte {
			return fmt.Appendf(nil, "From: %s\r\nTo: %s\r\nSubject: Your Clay verification code\r\nDate: %s\r\n\r\n"+
				"Your verification code is %s\r\n\r\nYour verification code is 975310\r\n",
				claysim.MailSender, mail.To, mail.At.Format(time.RFC1123Z), mail.Code)
		}, func(*world) {}, sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "email"},
		{"a wrong code", func(mail claysim.Mail) []byte {
			mail.Code = "975310"
			return mail.Message()
		}, func(*world) {}, sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "email code/wrong-code"},
		{"a mailbox that refuses", as, func(w *world) { w.workspace.Login.Mailbox.Password = "wrong" },
			sidecar.AuthFailed, sidecar.ReasonMailboxFailed, ""},
		{"a mailbox that is not there", as, func(w *world) { w.workspace.Login.Mailbox.Address = "plain://127.0.0.1:1" },
			sidecar.Unavailable, sidecar.ReasonMailboxFailed, ""},
		{"a mailbox that is none", as, func(w *world) { w.workspace.Login.Mailbox.Address = "https://mail.example.com" },
			sidecar.AuthFailed, sidecar.ReasonMailboxFailed, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := newMailWorld(t, test.mail)
			test.edit(w)
			observation, err := w.observe()
			wantFault(t, err, test.class, test.reason)
			if tried := test.steps != ""; observation.SignedIn != tried {
				t.Errorf("signed in %v: a code that was sent counts", observation.SignedIn)
			}
			fault := sidecar.AsFault(err)
			t.Log(fault.Message)
			var want []string
			for step := range strings.FieldsSeq(test.steps) {
				want = append(want, strings.ReplaceAll(step, "/", " "))
			}
			w.wantSteps(want...)
			secrets := []string{mailboxPassword, "975310"}
			for _, mail := range w.Outbox()[w.seeded:] {
				secrets = append(secrets, mail.Code)
			}
			wantNoSecret(t, "the fault", fault.Message, secrets)
			if fault.Evidence != nil {
				wantNoSecret(t, "the evidence", fault.Evidence.Snapshot, secrets)
			}
		})
	}
}

// Where there is another way, a mailbox that fails is in nobody's way.
func TestBrokenMailboxBesideAPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.workspace.Login.Mailbox = sidecar.Mailbox{Address: "plain://127.0.0.1:1", Password: mailboxPassword}
	ctx, cancel := context.WithTimeout(t.Context(), callLimit)
	defer cancel()
	if _, err := w.backend.Observe(ctx, w.workspace); err != nil {
		t.Fatal(err)
	}
	w.wantSteps("email", "password", "session")
}
