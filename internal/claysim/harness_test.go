package claysim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"testing"
	"time"
)

// fakeClock is the time that a test sets.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, time.September, 1, 9, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

func startServer(t *testing.T, options Options) *Server {
	t.Helper()
	server, err := Start(options)
	if err != nil {
		t.Fatalf("start the simulator: %v", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("close the simulator: %v", err)
		}
	})
	return server
}

func startSample(t *testing.T) *Server {
	t.Helper()
	return startServer(t, Options{Seed: Sample()})
}

// browser is an HTTP client that resolves the simulator's hosts as Chromium
// does and keeps cookies.
type browser struct {
	t      *testing.T
	server *Server
	client *http.Client
}

func newBrowser(t *testing.T, server *Server) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.Address())
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &browser{t: t, server: server, client: &http.Client{Jar: jar, Transport: transport}}
}

// answer is what came back from a call.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// do sends a request as the pages do.
func (b *browser) do(method, url string, body any) (answer, error) {
	b.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, url, bytes.NewReader(content))
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Origin", b.server.AppURL())
	response, err := b.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	text, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); err != nil || closed != nil {
		return answer{}, errors.Join(err, closed)
	}
	got := answer{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, &got.body) // A page is no JSON.
	return got, nil
}

// call sends a call to the API that must be answered.
func (b *browser) call(method, path string, body any) answer {
	b.t.Helper()
	got, err := b.do(method, b.server.APIURL()+path, body)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return got
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.call(http.MethodGet, path, nil)
}

func (b *browser) signIn(email string) {
	b.t.Helper()
	got := b.call(http.MethodPost, "/v3/auth/password", credentials{Email: email, Password: SamplePassword})
	if got.status != http.StatusOK {
		b.t.Fatalf("sign in as %s: %d", email, got.status)
	}
}

func signedInBrowser(t *testing.T, server *Server) *browser {
	t.Helper()
	b := newBrowser(t, server)
	b.signIn(SampleEmail)
	return b
}

func (b *browser) invite(roleID int, emails ...string) answer {
	b.t.Helper()
	return b.call(http.MethodPost, "/v3/workspaces/4821/invitations", map[string]any{"emails": emails, "roleId": roleID})
}

// list is a list in the body of an answer.
func (a answer) list(t *testing.T, field string) []map[string]any {
	t.Helper()
	values, ok := a.body[field].([]any)
	if !ok {
		t.Fatalf("no list %q in an answer of status %d", field, a.status)
	}
	list := make([]map[string]any, 0, len(values))
	for _, value := range values {
		entry, ok := value.(map[string]any)
		if !ok {
			t.Fatalf("%q holds %v", field, value)
		}
		list = append(list, entry)
	}
	return list
}
