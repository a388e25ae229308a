package mailbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

func TestAServerThatDoesNotLetIn(t *testing.T) {
	const told = "you said " + password
	answering := func(code imap.ResponseCode) serving {
		return serving{session: func(session imapserver.Session) imapserver.Session {
			return refusing{session, &imap.Error{Type: imap.StatusResponseTypeNo, Code: code, Text: told}}
		}}
	}
	for name, test := range map[string]struct {
		how    serving
		change func(*Account)
		want   error
		why    string
	}{
		"wrong password":       {serving{}, func(a *Account) { a.Password = "battery-staple" }, ErrRefused, "app password"},
		"unknown user":         {serving{}, func(a *Account) { a.Username = "nobody" }, ErrRefused, "user name"},
		"no folder":            {serving{}, func(a *Account) { a.Folder = "Cödes" }, ErrRefused, `"Cödes"`},
		"a refusal that tells": {answering(imap.ResponseCodeAlert), nil, ErrRefused, "app password"},
		"passing trouble":      {answering(imap.ResponseCodeUnavailable), nil, ErrUnreachable, "the server says that it cannot"},
		"no passwords":         {serving{rewrite: replacing("AUTH=PLAIN", "LOGINDISABLED")}, nil, ErrRefused, "takes no password"},
		"no numbers":           {serving{rewrite: replacing("UIDNEXT", "UIDLESS")}, nil, ErrRefused, "number"},
		"no era of numbers":    {serving{rewrite: replacing("UIDVALIDITY", "UIDVALIDNOT")}, nil, ErrRefused, "number"},
		"in a hurry to leave":  {serving{rewrite: replacing("* OK", "* BYE")}, nil, ErrUnreachable, host},
		"another protocol":     {serving{rewrite: replacing("* OK", "HTTP")}, nil, ErrUnreachable, host},
		"no TLS":               {serving{noTLS: true}, nil, ErrUnreachable, host + ":993"},
		"no TLS to begin with": {serving{noTLS: true}, func(a *Account) { a.Address = host + ":143" }, ErrUnreachable, "password was not sent"},
		"unknown authority":    {serving{}, func(a *Account) { a.world.roots = x509.NewCertPool() }, ErrUnreachable, "unknown authority"},
		"another server":       {serving{}, func(a *Account) { a.Address = "mail.example.com" }, ErrUnreachable, "not mail.example.com"},
		"another server later": {serving{late: true}, func(a *Account) { a.Address = "mail.example.com:143" }, ErrUnreachable, "not mail.example.com"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, test.how)
				account := server.account()
				if test.change != nil {
					test.change(&account)
				}
				watch, err := Open(t.Context(), account, request)
				if err == nil {
					watch.Close()
					t.Fatal("the mailbox was opened")
				}
				if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.why) {
					t.Errorf("error %v, want %v with %q", err, test.want, test.why)
				}
				requireNothingTold(t, err, told)
				if test.want != ErrRefused && strings.Contains(server.transcript.String(), "LOGIN "+username) {
					t.Error("the password was sent")
				}
			})
		})
	}
}

// refusing is a session that answers a log-in with an error.
type refusing struct {
	imapserver.Session

	err error
}

func (r refusing) Login(string, string) error { return r.err }

func TestTheAddressSaysHowToConnect(t *testing.T) {
	for name, test := range map[string]struct {
		how     serving
		address string
		dialled string
	}{
		"a host":           {serving{}, host, host + ":993"},
		"another port":     {serving{}, host + ":1993", host + ":1993"},
		"the port for TLS": {serving{}, host + ":993", host + ":993"},
		"STARTTLS":         {serving{late: true}, host + ":143", host + ":143"},
		"an IP address":    {serving{}, "127.0.0.1", "127.0.0.1:993"},
		"plain text":       {serving{plain: true}, "plain://127.0.0.1:1143", "127.0.0.1:1143"},
		"plain text on v6": {serving{plain: true}, "plain://[::1]:1143", "[::1]:1143"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, test.how)
				account := server.account()
				account.Address = test.address
				watch := open(t, account)
				server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
				requireCode(t, watch, "482913")
				if dials := server.dials(); len(dials) != 1 || dials[0] != test.dialled {
					t.Errorf("connected to %v, want %s", dials, test.dialled)
				}
			})
		})
	}
}

// TestOverTheNetwork is the one test with a network, of this machine: it shows that nothing else depends on the pipes.
func TestOverTheNetwork(t *testing.T) {
	server := serve(t, serving{})
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			near, err := server.backend.dial(t.Context())
			if err != nil {
				return
			}
			relay(near, conn)
		}
	}()
	account := server.account()
	account.Address, account.world.dial = listener.Addr().String(), (&net.Dialer{}).DialContext
	watch := open(t, account)
	server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
	requireCode(t, watch, "482913")
	watch.Close()
	_ = listener.Close()
	if _, err := Open(t.Context(), account, request); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v, want ErrUnreachable", err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}

// TestAServerThatSaysNothing stands for every step at which a server can stop answering.
func TestAServerThatSaysNothing(t *testing.T) {
	const greeting = "* OK [CAPABILITY IMAP4rev1] ready\r\n"
	for name, test := range map[string]struct{ address, says string }{
		"before TLS":         {host, ""},
		"before STARTTLS":    {host + ":143", ""},
		"after STARTTLS":     {host + ":143", greeting},
		"before a greeting":  {"plain://127.0.0.1:1143", ""},
		"after the greeting": {"plain://127.0.0.1:1143", greeting},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := newPipes()
				t.Cleanup(func() { _ = backend.Close() })
				go func() {
					conn, err := backend.Accept()
					if err != nil {
						return
					}
					defer func() { _ = conn.Close() }()
					_, _ = io.WriteString(conn, test.says)
					_, _ = io.Copy(io.Discard, conn)
				}()
				account := Account{Address: test.address, Username: username, Password: password}
				account.world = &world{dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return backend.dial(ctx) }}
				begin := time.Now()
				_, err := Open(t.Context(), account, request)
				if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "in time") {
					t.Errorf("error %v, want ErrUnreachable", err)
				}
				if took := time.Since(begin); took != exchangeLimit {
					t.Errorf("took %v, want %v", took, exchangeLimit)
				}
			})
		})
	}
}

// TestAServerThatMustNotBeTrustedBeforeTLS says what a man in the middle may say, or breaks off.
func TestAServerThatMustNotBeTrustedBeforeTLS(t *testing.T) {
	const ready = "* OK ready\r\n"
	for name, says := range map[string]string{
		"a greeting without end":   "* OK " + strings.Repeat("x", maxLine),
		"another greeting":         "* BYE busy\r\n",
		"signed in already":        "* PREAUTH welcome\r\n" + startTag + " OK begin\r\n",
		"nothing":                  "",
		"no answer":                ready,
		"half an answer":           ready + startTag + " OK begin\r",
		"an answer to another":     ready + "T1 OK begin\r\n",
		"a refusal":                ready + "* CAPABILITY IMAP4rev1\r\n" + startTag + " NO never\r\n",
		"more than it may":         ready + startTag + " OK begin\r\n* OK [ALERT] hello\r\n",
		"no TLS after all":         ready + startTag + " OK begin\r\n",
		"an answer that has a tab": ready + startTag + "\tOK begin\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				heard := make(chan string)
				go func() {
					_, _ = io.WriteString(far, says)
					_ = far.SetReadDeadline(time.Now().Add(time.Second))
					said, _ := io.ReadAll(far)
					_ = far.Close()
					heard <- string(said)
				}()
				account := Account{Address: host + ":143", Username: username, Password: password}
				account.world = &world{dial: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
				if _, err := Open(t.Context(), account, request); !errors.Is(err, ErrUnreachable) {
					t.Errorf("error %v, want ErrUnreachable", err)
				}
				if said := <-heard; strings.Contains(said, password) || strings.Contains(said, "LOGIN") {
					t.Errorf("the client said %q", said)
				}
			})
		})
	}
}

// TestTLSIsNotSpokenToAnotherProtocol is a web server with the right certificate.
func TestTLSIsNotSpokenToAnotherProtocol(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		certificate, roots := certify(t)
		backend := newPipes()
		t.Cleanup(func() { _ = backend.Close() })
		go func() {
			conn, err := backend.Accept()
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"http/1.1"}}
			if err := tls.Server(conn, config).Handshake(); err == nil {
				t.Error("the two agreed")
			}
		}()
		account := Account{Address: host, Username: username, Password: password}
		account.world = &world{roots: roots, dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return backend.dial(ctx) }}
		if _, err := Open(t.Context(), account, request); !errors.Is(err, ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable", err)
		}
	})
}
