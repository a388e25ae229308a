package mailbox

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

const (
	// implicitPort speaks TLS from the first byte; startPort begins in plain text and must change to TLS (RFC 8314).
	implicitPort = "993"
	startPort    = "143"

	// plainScheme before an address asks for no TLS at all. It is for tests, and only this machine can be asked so.
	plainScheme = "plain://"

	// defaultFolder is where mail arrives.
	defaultFolder = "INBOX"
)

// hostPattern is a name or an IP address. Names with other letters are looked up in their ASCII form.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// Account is a mailbox and the right to read it.
type Account struct {
	// Address is the IMAP server: a host, or host:port. Port 143 begins with STARTTLS and goes on only if that works; every other, and
	// 993 where none is named, speaks TLS at once. "plain://" before a loopback IP address and a port means no TLS, for tests.
	Address string
	// Username is what the server knows the account as, often the e-mail address.
	Username string
	// Password is the account's password, or better one made for this use alone (an app password).
	Password Password
	// Folder is where the messages from Clay arrive; empty is INBOX.
	Folder string

	// world is what tests replace; nil is the real one.
	world *world
}

// world is the network and whom to trust in it.
type world struct {
	roots *x509.CertPool
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
}

// Check returns what is wrong with the first field that cannot be right, and what to write instead. It asks no server.
func (a Account) Check() error {
	if _, err := a.endpoint(); err != nil {
		return err
	}
	switch {
	case a.Username == "":
		return errors.New("the user name of the mailbox is missing; it is often the e-mail address")
	case strings.ContainsFunc(a.Username, unicode.IsControl):
		return errors.New("the user name of the mailbox holds a line break or another control character; remove it")
	case a.Password == "":
		return errors.New("the password of the mailbox is missing")
	case strings.ContainsFunc(string(a.Password), unicode.IsControl):
		return errors.New("the password of the mailbox holds a line break or another control character; remove it")
	case strings.ContainsFunc(a.Folder, unicode.IsControl):
		return errors.New("the folder of the mailbox holds a line break or another control character; remove it")
	}
	return nil
}

func (a Account) folder() string {
	if a.Folder == "" {
		return defaultFolder
	}
	return a.Folder
}

// security is how a connection is protected.
type security int

const (
	implicitTLS security = iota
	startTLS
	plainText
)

// endpoint is where and how to connect.
type endpoint struct {
	host, port string
	security   security
}

func (e endpoint) address() string { return net.JoinHostPort(e.host, e.port) }

// endpoint reads the address. No error repeats it, because somebody may have written a password into it.
func (a Account) endpoint() (endpoint, error) {
	if a.Address == "" {
		return endpoint{}, errors.New("the address of the mailbox is missing; write the IMAP server as host or host:port")
	}
	rest, plain := strings.CutPrefix(a.Address, plainScheme)
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		host, port = strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]"), implicitPort
	}
	ip, notIP := netip.ParseAddr(host)
	if notIP != nil && !hostPattern.MatchString(host) {
		return endpoint{}, errors.New("the address of the mailbox is not the name of an IMAP server; write host or host:port, with no scheme and no user in it")
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return endpoint{}, errors.New("the port in the address of the mailbox is no number from 1 to 65535; write host:port, or the host alone for 993")
	}
	switch {
	case plain && (notIP != nil || !ip.IsLoopback()):
		return endpoint{}, errors.New("the address of the mailbox asks for plain text, which is for loopback IP addresses in tests alone; remove plain://")
	case plain:
		return endpoint{host, port, plainText}, nil
	case port == startPort:
		return endpoint{host, port, startTLS}, nil
	}
	return endpoint{host, port, implicitTLS}, nil
}
