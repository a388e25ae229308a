package mailbox

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const (
	// exchangeLimit is how long a server may take over one exchange. A busy one takes seconds.
	exchangeLimit = 20 * time.Second
	// partingLimit is how long it may take over an exchange that nobody needs the result of.
	partingLimit = 2 * time.Second
	// idleLimit is how long to rely on being told of a new message before looking anyway: some servers tell late, some never.
	idleLimit = 15 * time.Second
	// pollInterval is how often to ask a server that does not tell.
	pollInterval = 3 * time.Second
)

// connection is a server with the folder open, read-only. One goroutine uses it.
type connection struct {
	raw    net.Conn
	client *imapclient.Client
	// arrived holds a token once the server said that the number of messages changed.
	arrived chan struct{}
	// tells says whether the server tells of new messages (IDLE).
	tells bool

	// next is the UID that the next new message gets at least; validity changes when the server gives all messages new UIDs.
	next     imap.UID
	validity uint32
}

// exchange runs one exchange with the server. Where that takes longer than the limit, or the context ends, it cuts the connection, because
// the client listens to nothing else, and does not wait for what becomes of the client; the error is then the context's, or errSilent.
func exchange[T any](ctx context.Context, raw net.Conn, limit time.Duration, run func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		result, err := run(limited)
		done <- outcome{result, err}
	}()
	select {
	case outcome := <-done:
		return outcome.result, outcome.err
	case <-limited.Done():
		_ = raw.Close() // a connection that is cut has nothing more to say
	}
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	return none, errSilent
}

// command runs an exchange that has no result.
func (c *connection) command(ctx context.Context, limit time.Duration, run func() error) error {
	_, err := exchange(ctx, c.raw, limit, func(context.Context) (struct{}, error) { return struct{}{}, run() })
	return err
}

// wait returns when there may be something new. After an error the connection is of no more use, but where the context ended.
func (c *connection) wait(ctx context.Context) error {
	client := c.client
	if !c.tells {
		if err := c.pause(ctx, pollInterval); err != nil {
			return err
		}
		return c.command(ctx, exchangeLimit, func() error { return client.Noop().Wait() })
	}
	idle, err := exchange(ctx, c.raw, exchangeLimit, func(context.Context) (*imapclient.IdleCommand, error) { return client.Idle() })
	if _, refused := answer(err); refused {
		c.tells = false // it said that it would tell, and does not
		return nil
	}
	if err != nil {
		return err
	}
	paused := c.pause(ctx, idleLimit)
	// Until IDLE is ended the connection takes no other command, whatever became of the context.
	err = c.command(context.WithoutCancel(ctx), partingLimit, func() error { return errors.Join(idle.Close(), idle.Wait()) })
	if paused != nil {
		return paused
	}
	return err
}

// pause waits for so long, or until the server tells of a new message or is gone.
func (c *connection) pause(ctx context.Context, duration time.Duration) error {
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-c.arrived:
	case <-c.client.Closed():
	case <-timer.C:
	}
	return nil
}

// close takes leave of the server. Its answer is of no use any more.
func (c *connection) close() {
	client := c.client
	_ = c.command(context.Background(), partingLimit, func() error { return client.Logout().Wait() })
	c.cut()
}

// cut ends the connection, and with it the client.
func (c *connection) cut() { _ = c.raw.Close() }
