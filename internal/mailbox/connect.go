package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// connect connects, signs in and opens the folder. The error is ErrRefused, ErrUnreachable or the context's.
func connect(ctx context.Context, account Account) (*connection, error) {
	end, err := account.endpoint()
	if err != nil {
		return nil, err
	}
	raw, err := dial(ctx, account, end)
	if err != nil {
		return nil, unreachable(ctx, end, err)
	}
	c := &connection{raw: raw, arrived: make(chan struct{}, 1)}
	if err := c.open(ctx, account, end); err != nil {
		c.cut()
		return nil, unreachable(ctx, end, err)
	}
	return c, nil
}

// unreachable says where something went wrong, and keeps the errors that say what it is.
func unreachable(ctx context.Context, end endpoint, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return fmt.Errorf("open the mailbox: %w", context.Cause(ctx))
	case errors.Is(err, ErrRefused) || errors.Is(err, ErrUnreachable):
		return err
	case ctx.Err() != nil || errors.Is(err, errSilent):
		return fmt.Errorf("%w: %s did not answer in time; check the address and the network", ErrUnreachable, end.address())
	}
	return fmt.Errorf("%w: %s: %s; check the address and the network", ErrUnreachable, end.address(), describe(err))
}

func dial(ctx context.Context, account Account, end endpoint) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, exchangeLimit)
	defer cancel()
	if account.world != nil {
		return account.world.dial(ctx, "tcp", end.address())
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", end.address())
}

// open goes from a bare connection to an open folder.
func (c *connection) open(ctx context.Context, account Account, end endpoint) error {
	raw, changed := c.raw, c.changed
	client, err := exchange(ctx, raw, exchangeLimit, func(ctx context.Context) (*imapclient.Client, error) {
		return greet(ctx, raw, account, end, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: changed}})
	})
	if err != nil {
		return err
	}
	capabilities, err := exchange(ctx, raw, exchangeLimit, func(context.Context) (imap.CapSet, error) { return signIn(client, account) })
	if err != nil {
		return err
	}
	folder, err := exchange(ctx, raw, exchangeLimit, func(context.Context) (*imap.SelectData, error) { return examine(client, account) })
	if err != nil {
		return err
	}
	c.client, c.tells, c.next, c.validity = client, capabilities.Has(imap.CapIdle), folder.UIDNext, folder.UIDValidity
	return nil
}

// changed notes that the number of messages changed. The client waits for it, so it does no more than that.
func (c *connection) changed(data *imapclient.UnilateralDataMailbox) {
	if data.NumMessages == nil {
		return
	}
	select {
	case c.arrived <- struct{}{}:
	default:
	}
}

// greet brings TLS up and waits for the greeting.
func greet(ctx context.Context, raw net.Conn, account Account, end endpoint, options *imapclient.Options) (*imapclient.Client, error) {
	if end.security == plainText {
		client := imapclient.New(raw, options)
		return client, client.WaitGreeting()
	}
	greeting := ""
	if end.security == startTLS {
		if err := askForTLS(raw); err != nil {
			return nil, err
		}
		greeting = "* OK\r\n" // it was given before TLS, and the client waits for one
	}
	// NextProtos keeps a server of another protocol from being taken for one of this.
	config := &tls.Config{ServerName: end.host, MinVersion: tls.VersionTLS12, NextProtos: []string{"imap"}}
	if account.world != nil {
		config.RootCAs = account.world.roots
	}
	protected := tls.Client(raw, config)
	if err := protected.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	client := imapclient.New(&greeted{Conn: protected, reader: io.MultiReader(strings.NewReader(greeting), protected)}, options)
	return client, client.WaitGreeting()
}

// signIn gives the user name and the password, and returns what the server can do for them.
func signIn(client *imapclient.Client, account Account) (imap.CapSet, error) {
	if client.Caps().Has(imap.CapLoginDisabled) {
		return nil, fmt.Errorf("%w: the server takes no password; allow passwords or app passwords for this account, or use another mailbox", ErrRefused)
	}
	err := client.Login(account.Username, string(account.Password)).Wait()
	if refusal, refused := answer(err); refused && !isPassing(refusal) {
		return nil, fmt.Errorf("%w: it does not accept the user name with this password; check both, and whether the account needs an app password",
			ErrRefused)
	}
	if err != nil {
		return nil, err
	}
	return client.Capability().Wait() // what a server can do is often said only after the log-in
}

// examine opens the folder so that the server itself keeps it unchanged.
func examine(client *imapclient.Client, account Account) (*imap.SelectData, error) {
	folder, err := client.Select(account.folder(), &imap.SelectOptions{ReadOnly: true}).Wait()
	if refusal, refused := answer(err); refused && !isPassing(refusal) {
		return nil, fmt.Errorf("%w: it does not open the folder %q; name one that exists", ErrRefused, account.folder())
	}
	if err == nil && (folder.UIDNext == 0 || folder.UIDValidity == 0) {
		return nil, fmt.Errorf("%w: the server does not number its messages, so that new ones cannot be told from old ones; use another mailbox", ErrRefused)
	}
	return folder, err
}
