package mailbox

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// maxReconnects is how often one call of Code connects anew. A server that ends more connections than that is not well.
const maxReconnects = 3

// Senders are the domains that Clay sends from.
func Senders() []string { return []string{"clay.com", "clay.run"} }

// Request says which message holds the code.
type Request struct {
	// Recipient is the address that signs in. Where a message says to whom it went, this address must be there.
	Recipient string
	// Senders are the domains that the message may come from, with all their subdomains; empty means those of Senders.
	Senders []string
}

// Check returns what is wrong with the request.
func (r Request) Check() error {
	if !strings.Contains(r.Recipient, "@") {
		return errors.New("the address that signs in is missing; without it the message with its code cannot be told from others")
	}
	return nil
}

func (r Request) senders() []string {
	if len(r.Senders) == 0 {
		return Senders()
	}
	return r.Senders
}

// Watch looks at what arrives in a mailbox after it was opened. One goroutine uses it. Close it when it is done.
type Watch struct {
	request Request
	// connect holds the account. It is a function because formatting a Watch would show the password in a hidden field.
	connect    func(context.Context) (*connection, error)
	connection *connection
	// opened is when the watch began, by this machine's clock.
	opened time.Time
	// next is the first UID that was not looked at; it counts within validity.
	next     imap.UID
	validity uint32
	// tally is what the present call of Code saw, and looked whether it saw anything.
	tally  tally
	looked bool
}

// Open connects to the mailbox and notes where it ends. It is called before the code is asked for: only messages that arrive after it
// count, and clocks may differ by ten minutes. The error is that of Check of either argument, ErrRefused, ErrUnreachable or the context's.
func Open(ctx context.Context, account Account, request Request) (*Watch, error) {
	if err := errors.Join(account.Check(), request.Check()); err != nil {
		return nil, err
	}
	again := func(ctx context.Context) (*connection, error) { return connect(ctx, account) }
	opened, err := again(ctx)
	if err != nil {
		return nil, err
	}
	return &Watch{
		request: request, connect: again, connection: opened,
		opened: time.Now(), next: opened.next, validity: opened.validity,
	}, nil
}

// Close takes leave of the server. It takes two seconds at most.
func (w *Watch) Close() {
	if w.connection != nil {
		w.connection.close()
		w.connection = nil
	}
}

// Code waits until a message with a code arrives, and returns the code: four to eight digits. The context's deadline is how long that may
// take; without one it waits for ever. A later call waits for a later message. The error is ErrNoMessage at the deadline,
// ErrAmbiguous, ErrUnreachable, ErrRefused where the account stopped working, or the context's where it was cancelled.
func (w *Watch) Code(ctx context.Context) (string, error) {
	w.tally, w.looked = tally{}, false
	for reconnects := 0; ; {
		code, err := w.step(ctx)
		switch {
		case code != "" || errors.Is(err, ErrAmbiguous):
			return code, err
		case errors.Is(ctx.Err(), context.Canceled):
			return "", fmt.Errorf("wait for the one-time code: %w", context.Cause(ctx))
		case ctx.Err() != nil && w.looked:
			return "", fmt.Errorf("%w: %s", ErrNoMessage, w.tally)
		case ctx.Err() != nil:
			return "", fmt.Errorf("%w: the server did not answer in time", ErrUnreachable)
		case errors.Is(err, ErrUnreachable) || errors.Is(err, ErrRefused):
			return "", err
		case err != nil && reconnects == maxReconnects:
			return "", fmt.Errorf("%w: the server ends one connection after the other; try again later", ErrUnreachable)
		case err != nil:
			reconnects++
			w.drop()
		}
	}
}

// step looks for the code and, if it is not there yet, waits for what comes next.
func (w *Watch) step(ctx context.Context) (string, error) {
	if w.connection == nil {
		if err := w.reconnect(ctx); err != nil {
			return "", err
		}
	}
	code, err := w.look(ctx)
	if code != "" || err != nil {
		return code, err
	}
	return "", w.connection.wait(ctx)
}

// reconnect goes on where the lost connection was.
func (w *Watch) reconnect(ctx context.Context) error {
	opened, err := w.connect(ctx)
	if err != nil {
		return err
	}
	if opened.validity != w.validity {
		opened.close()
		return fmt.Errorf("%w: its server numbered all messages anew, so that new ones cannot be told from old ones; ask for another code", ErrUnreachable)
	}
	w.connection = opened
	return nil
}

func (w *Watch) drop() {
	w.connection.cut()
	w.connection = nil
}
