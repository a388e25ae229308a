package mailbox

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	host     = "imap.example.com"
	username = "ops@example.com"
	password = "correct-horse"
)

// server is an IMAP server with one user, reached without a network.
type server struct {
	user       *imapmemserver.User
	roots      *x509.CertPool
	transcript *transcript

	mu sync.Mutex
	// dialled are the addresses that were asked for, and open what they led to.
	dialled []string
	open    []net.Conn
	// refusing makes dials fail.
	refusing bool
	backend  *pipes
}

// serving is how a server differs from a good one.
type serving struct {
	plain, late, noTLS bool
	// rewrite changes what the server sends, and mishear what it gets.
	rewrite, mishear func([]byte) []byte
	// session replaces the user's own.
	session func(imapserver.Session) imapserver.Session
}

// serve starts a server that lasts as long as the test.
func serve(t *testing.T, how serving) *server {
	t.Helper()
	certificate, roots := certify(t)
	started := &server{
		user: imapmemserver.NewUser(username, password), roots: roots, transcript: &transcript{}, backend: newPipes(),
	}
	for _, folder := range []string{"INBOX", "Codes"} {
		if err := started.user.Create(folder, nil); err != nil {
			t.Fatal(err)
		}
	}
	users := imapmemserver.New()
	users.AddUser(started.user)
	options := &imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			session := users.NewSession()
			if how.session != nil {
				session = how.session(session)
			}
			return session, nil, nil
		},
		InsecureAuth: how.plain || how.rewrite != nil || how.mishear != nil,
		DebugWriter:  started.transcript,
		Logger:       log.New(t.Output(), "server: ", 0),
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{"imap"}}
	var listener net.Listener = started.backend
	switch {
	case how.plain:
	case how.late:
		options.TLSConfig = config
	case !how.noTLS:
		listener = tls.NewListener(listener, config)
	}
	if how.rewrite != nil || how.mishear != nil {
		listener = &rewriting{listener, how}
	}
	running := imapserver.New(options)
	done := make(chan error, 1)
	go func() { done <- running.Serve(listener) }()
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return started
}

// account is one that works.
func (s *server) account() Account {
	return Account{Address: host, Username: username, Password: password, world: &world{roots: s.roots, dial: s.dial}}
}

func (s *server) dial(ctx context.Context, _, address string) (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialled = append(s.dialled, address)
	if s.refusing {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: fmt.Errorf("connection refused")}
	}
	conn, err := s.backend.dial(ctx)
	if err == nil {
		s.open = append(s.open, conn)
	}
	return conn, err
}

// dials returns the addresses that were connected to.
func (s *server) dials() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.dialled...)
}

// breakOff ends every connection, as a network does, and refuses new ones if it is told to.
func (s *server) breakOff(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refusing = refuse
	for _, conn := range s.open {
		_ = conn.Close()
	}
	s.open = nil
}

// deliver puts a message into a folder at a time.
func (s *server) deliver(t *testing.T, folder string, at time.Time, message string) {
	t.Helper()
	if _, err := s.user.Append(folder, bytes.NewReader([]byte(message)), &imap.AppendOptions{Time: at}); err != nil {
		t.Error(err)
	}
}

// transcript keeps what both sides said.
type transcript struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (t *transcript) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said.Write(data)
}

func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.said.String()
}

var (
	command = regexp.MustCompile(`(?m)^T[0-9]+ ([A-Z].*?)\r?$`)
	outcome = regexp.MustCompile(`^(OK|NO|BAD)\b`)
)

// commands are what the client asked for, without what came of it.
func (t *transcript) commands() []string {
	var commands []string
	for _, match := range command.FindAllStringSubmatch(t.String(), -1) {
		if !outcome.MatchString(match[1]) {
			commands = append(commands, match[1])
		}
	}
	return commands
}

// pipes is a listener whose connections are in memory, so that a test's time can stand still while they wait.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	near, left := net.Pipe()
	right, far := net.Pipe()
	select {
	case p.conns <- far:
		relay(left, right)
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// relay makes one connection of two, with some room for what one side writes while the other writes too: pipes have none.
func relay(left, right net.Conn) {
	forward := func(from, to net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
		_ = from.Close()
	}
	go forward(left, right)
	go forward(right, left)
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (*pipes) Addr() net.Addr { return &net.TCPAddr{} }

// rewriting stands between a server and its TLS.
type rewriting struct {
	net.Listener

	how serving
}

func (r *rewriting) Accept() (net.Conn, error) {
	conn, err := r.Listener.Accept()
	return &rewritten{conn, r.how}, err
}

type rewritten struct {
	net.Conn

	how serving
}

func (r *rewritten) Read(data []byte) (int, error) {
	count, err := r.Conn.Read(data)
	if r.how.mishear != nil {
		copy(data, r.how.mishear(data[:count])) // of the same length
	}
	return count, err
}

func (r *rewritten) Write(data []byte) (int, error) {
	sent := data
	if r.how.rewrite != nil {
		sent = r.how.rewrite(bytes.Clone(data))
	}
	if _, err := r.Conn.Write(sent); err != nil {
		return 0, err
	}
	return len(data), nil
}

// certify makes a certificate for the host, and who vouches for it.
func certify(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{encoded}, PrivateKey: key}, roots
}

// codeMessage is what Clay may send for a code.
func codeMessage(code string) string {
	return compose("Your code to sign in to Clay is\r\n\r\n    "+code+"\r\n\r\nIt is good for ten minutes.\r\n",
		"From: Clay <no-reply@mail.clay.com>", "To: ops@example.com", "Subject: Sign in to Clay",
		"Date: "+time.Now().Format(time.RFC1123Z), "Authentication-Results: mx.example.com; dkim=pass header.d=clay.com; spf=pass")
}

// requireNothingTold looks for what no error may hold.
func requireNothingTold(t *testing.T, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, secret := range append(secrets, password) {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
}
