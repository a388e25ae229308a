package mailbox

import (
	"crypto/tls"
	"errors"
	"net"

	"github.com/emersion/go-imap/v2"
)

// The errors that a caller tells apart, with errors.Is. Each comes with a sentence on what happened and what to do.
var (
	// ErrRefused: the server does not accept the user name, the password or the folder. A person must change the account.
	ErrRefused = errors.New("the mailbox refuses the account")
	// ErrUnreachable: the server is not there, cannot be trusted, or does not answer. It may be tried again later.
	ErrUnreachable = errors.New("the mailbox cannot be reached")
	// ErrNoMessage: no message with a code arrived in the time that there was.
	ErrNoMessage = errors.New("no one-time code arrived in the mailbox")
	// ErrAmbiguous: what arrived from Clay holds several numbers that may be the code. A person must look.
	ErrAmbiguous = errors.New("the message from Clay does not say clearly which number is the code")
)

// errSilent is an exchange that the server did not end in its time.
var errSilent = errors.New("the server did not answer in time")

// answer returns the refusal that the server answered with, if err is one.
func answer(err error) (*imap.Error, bool) { return errors.AsType[*imap.Error](err) }

// isPassing says whether a refusal is about the state of the server and not about the account.
func isPassing(refusal *imap.Error) bool {
	switch refusal.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeLimit:
		return true
	default:
		return false
	}
}

// describe says what went wrong in words that cannot come from the server: it could repeat a password or a message.
func describe(err error) string {
	if _, refused := answer(err); refused {
		return "the server says that it cannot"
	}
	if trust, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return trust.Error()
	}
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network.Error()
	}
	return "the server ended the connection, or speaks another protocol"
}
