package notify

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// memoryNetwork is a listener and a dialer that meet in memory: the clock of a bubble does not wait for real sockets.
type memoryNetwork struct {
	arrivals chan net.Conn
	closed   chan struct{}
	once     sync.Once
}

func newNetwork() *memoryNetwork {
	return &memoryNetwork{arrivals: make(chan net.Conn), closed: make(chan struct{})}
}

func (n *memoryNetwork) Accept() (net.Conn, error) {
	select {
	case connection := <-n.arrivals:
		return connection, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *memoryNetwork) Close() error {
	n.once.Do(func() { close(n.closed) })
	return nil
}

func (n *memoryNetwork) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }

func (n *memoryNetwork) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case n.arrivals <- far:
		return near, nil
	case <-n.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// received is a request as it came in.
type received struct {
	at     time.Time
	header http.Header
	path   string
	body   []byte
}

// receiver is a server in memory that answers in turn, and for ever as the last one says; with none it takes everything.
type receiver struct {
	*httptest.Server

	network *memoryNetwork
	mu      sync.Mutex
	seen    []received
}

type answer = http.HandlerFunc

func status(code int) answer {
	return func(writer http.ResponseWriter, _ *http.Request) { writer.WriteHeader(code) }
}

func statusAfter(code int, retryAfter string) answer {
	return func(writer http.ResponseWriter, _ *http.Request) {
		writer.Header().Set("Retry-After", retryAfter)
		writer.WriteHeader(code)
	}
}

// hang answers nothing until the sender gives up.
func hang(_ http.ResponseWriter, request *http.Request) { <-request.Context().Done() }

func newReceiver(t *testing.T, answers ...answer) *receiver {
	t.Helper()
	r := newUnstartedReceiver(answers...)
	r.Start()
	t.Cleanup(r.Close)
	return r
}

func newUnstartedReceiver(answers ...answer) *receiver {
	r := &receiver{network: newNetwork()}
	handler := func(writer http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		turn := len(r.seen)
		r.seen = append(r.seen, received{time.Now(), request.Header.Clone(), request.URL.Path, body})
		r.mu.Unlock()
		if len(answers) > 0 {
			answers[min(turn, len(answers)-1)](writer, request)
		}
	}
	r.Server = &httptest.Server{Listener: r.network, Config: &http.Server{
		Handler: http.HandlerFunc(handler), ErrorLog: log.New(io.Discard, "", 0),
	}}
	return r
}

func (r *receiver) requests() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.seen)
}

// times says how long after the first request each came.
func (r *receiver) times() []time.Duration {
	var times []time.Duration
	for _, each := range r.requests() {
		times = append(times, each.at.Sub(r.requests()[0].at))
	}
	return times
}

func (r *receiver) target() Target {
	return Target{Name: "operations", Format: CloudEvents, URL: Secret(r.URL + secretPath), SigningKey: signingKey}
}

// transport reaches receivers by the names that they are given here, and one receiver by every name.
func transportTo(receivers map[string]*receiver, anyName *receiver) *http.Transport {
	transport := newTransport()
	transport.Proxy = nil
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if named, ok := receivers[address]; ok {
			return named.network.dial(ctx, network, address)
		}
		return anyName.network.dial(ctx, network, address)
	}
	return transport
}

// station is a Sender with the results that it reported.
type station struct {
	*Sender

	results chan Result
	// stop ends the Sender; done is closed when Start has returned.
	stop context.CancelFunc
	done chan struct{}
}

// manyResults is more than any test makes, so that reporting never waits for the test.
const manyResults = 10_000

func newStation(transport http.RoundTripper) *station {
	s := &station{results: make(chan Result, manyResults), done: make(chan struct{})}
	s.Sender = New(Options{OnResult: func(result Result) { s.results <- result }, transport: transport})
	return s
}

// startStation runs a Sender until the test ends.
func startStation(t *testing.T, transport http.RoundTripper) *station {
	t.Helper()
	s := newStation(transport)
	s.start(t)
	return s
}

func (s *station) start(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() {
		defer close(s.done)
		if err := s.Start(ctx); err != nil {
			t.Errorf("Start: %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-s.done
	})
}

// last waits for the next outcome that is final.
func (s *station) last() Result {
	for result := range s.results {
		if result.Outcome != Retried {
			return result
		}
	}
	return Result{}
}

// outcomes waits for a number of final outcomes and lists all that were reported until then.
func (s *station) outcomes(final int) []Outcome {
	var outcomes []Outcome
	for final > 0 {
		result := <-s.results
		outcomes = append(outcomes, result.Outcome)
		if result.Outcome != Retried {
			final--
		}
	}
	return outcomes
}

// send gives one notice to one target and waits for what becomes of it.
func (s *station) send(notice Notice, target Target) Result {
	s.Send(notice, []Target{target})
	return s.last()
}

func requireOutcome(t *testing.T, result Result, want Outcome) {
	t.Helper()
	if result.Outcome != want {
		t.Fatalf("outcome %s (%v), want %s", result.Outcome, result.Err, want)
	}
	if failed := want == Dropped || want == Failed || want == Retried; failed != (result.Err != nil) {
		t.Fatalf("outcome %s with the error %v", result.Outcome, result.Err)
	}
}
