package clayweb

import (
	"context"
	"errors"
	"time"

	"github.com/seatwright/clay-operator/internal/mailbox"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// mailOpenWait is what a mail server gets to let the operator in: some round trips, and a check of the password.
const mailOpenWait = 20 * time.Second

// mail waits for Clay's e-mail with a one-time code.
type mail struct {
	// senders are the domains that count as Clay's; nil for its own.
	senders []string
	watch   *mailbox.Watch
	// failed is why there is no watch. It matters only if a code is asked for.
	failed error
}

// open begins to watch the mailbox, where there is one. It comes before Clay is asked for a code. A mailbox that fails ends the log-in
// only where it is the only way there is: a code that nobody can read need not be sent.
func (m *mail) open(ctx context.Context, login sidecar.Login) error {
	if login.Mailbox.Address == "" || m.watch != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, mailOpenWait)
	defer cancel()
	username := login.Mailbox.Username
	if username == "" {
		username = string(login.Email)
	}
	account := mailbox.Account{Address: login.Mailbox.Address, Username: username, Password: mailbox.Password(login.Mailbox.Password)}
	m.watch, m.failed = mailbox.Open(ctx, account, mailbox.Request{Recipient: string(login.Email), Senders: m.senders})
	if m.failed != nil && onlyByMail(login) {
		return mailFault(m.failed)
	}
	return nil
}

// onlyByMail says whether a code in the mailbox is the only way in that there is.
func onlyByMail(login sidecar.Login) bool {
	return login.Mailbox.Address != "" && login.Password == "" && login.IdentityProvider.Password == ""
}

// code returns the code that Clay sent, for which it waits no longer than that.
func (m *mail) code(ctx context.Context, login sidecar.Login, most time.Duration) (string, error) {
	switch {
	case login.Mailbox.Address == "":
		return "", sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded,
			"Clay asks for a one-time code sent by e-mail; put the mailbox of the account into the Secret (mailboxAddress, mailboxUsername, "+
				"mailboxPassword), or %s", byHand)
	case m.failed != nil:
		return "", mailFault(m.failed)
	case m.watch == nil:
		return "", sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded,
			"Clay asks for a one-time code without having asked for the address; %s", byHand)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	code, err := m.watch.Code(ctx)
	if err != nil {
		return "", mailFault(err)
	}
	return code, nil
}

func (m *mail) close() {
	if m.watch != nil {
		m.watch.Close()
		m.watch = nil
	}
}

// mailFault says what an error of the mailbox means. The errors of internal/mailbox hold no secret and no text of a message.
func mailFault(err error) error {
	switch {
	case errors.Is(err, mailbox.ErrUnreachable), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return sidecar.Faultf(sidecar.Unavailable, sidecar.ReasonMailboxFailed, "%v; it is tried again", err)
	case errors.Is(err, mailbox.ErrNoMessage):
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonMailboxFailed, "%v; check the mailbox, or %s", err, byHand)
	case errors.Is(err, mailbox.ErrAmbiguous):
		return sidecar.Faultf(sidecar.HumanNeeded, sidecar.ReasonCodeNeeded, "%v; %s", err, byHand)
	default:
		return sidecar.Faultf(sidecar.AuthFailed, sidecar.ReasonMailboxFailed, "%v; check the keys of the mailbox in the Secret", err)
	}
}
