package claysim

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"net"
	"net/http"
	"strconv"
	"time"
)

var errorPage = template.Must(template.ParseFS(assets, "assets/error.html"))

// faulty lets the faults of the transport happen to a handler. Preflight
// requests are spared, because no user sees them.
func (s *Server) faulty(next http.Handler, fail func(http.ResponseWriter, int, string)) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if in.Method == http.MethodOptions {
			next.ServeHTTP(out, in)
			return
		}
		request := in.Method + " " + in.URL.Path
		if fault, on := s.world.faults.take(FaultLatency, request); on && !s.delay(in, fault) {
			panic(http.ErrAbortHandler)
		}
		if _, on := s.world.faults.take(FaultLostRequest, request); on {
			panic(http.ErrAbortHandler)
		}
		if fault, on := s.world.faults.take(FaultStatus, request); on {
			if fault.RetryAfter > 0 {
				out.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter/time.Second)))
			}
			fail(out, fault.Status, fault.Text)
			return
		}
		if _, on := s.world.faults.take(FaultLostResponse, request); on {
			next.ServeHTTP(newRecorded(), in)
			panic(http.ErrAbortHandler)
		}
		if _, on := s.world.faults.take(FaultReset, request); on {
			answer := newRecorded()
			next.ServeHTTP(answer, in)
			reset(out, answer)
			return
		}
		next.ServeHTTP(out, in)
	})
}

// reset sends half of an answer and resets the connection.
func reset(out http.ResponseWriter, answer *recorded) {
	connection, buffered, err := http.NewResponseController(out).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	header := answer.header.Clone()
	header.Set("Content-Length", strconv.Itoa(answer.body.Len()))
	// Nobody is left to hear of an error: the connection ends here in any case.
	_, _ = fmt.Fprintf(buffered, "HTTP/1.1 %d %s\r\n", answer.status, http.StatusText(answer.status))
	_ = header.Write(buffered)
	_, _ = buffered.WriteString("\r\n")
	_, _ = buffered.Write(answer.half())
	_ = buffered.Flush()
	if tcp, ok := connection.(*net.TCPConn); ok {
		// Without lingering, closing resets.
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}

// delay holds a request back. It reports whether the client still waits.
func (s *Server) delay(in *http.Request, fault ActiveFault) bool {
	s.world.notify()
	timer := time.NewTimer(fault.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-fault.cleared:
	case <-in.Context().Done():
		return false
	}
	return true
}

// recorded is a ResponseWriter that keeps the answer.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorded() *recorded { return &recorded{header: http.Header{}, status: http.StatusOK} }

func (r *recorded) Header() http.Header            { return r.header }
func (r *recorded) Write(body []byte) (int, error) { return r.body.Write(body) }
func (r *recorded) WriteHeader(status int)         { r.status = status }

// half is the first half of the body.
func (r *recorded) half() []byte { return r.body.Bytes()[:r.body.Len()/2] }

// begin sends everything but the body.
func (r *recorded) begin(out http.ResponseWriter) {
	maps.Copy(out.Header(), r.header)
	out.WriteHeader(r.status)
}

// failDocument answers a page with an error page.
func failDocument(out http.ResponseWriter, status int, said string) {
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.WriteHeader(status)
	heading, text := "Something went wrong", "Please try again in a moment."
	switch status {
	case http.StatusServiceUnavailable:
		heading, text = "We'll be right back", "Clay is down for maintenance. Please try again in a few minutes."
	case http.StatusTooManyRequests:
		heading, text = "Too many requests", "You are doing that too often. Please try again later."
	}
	// The only error is a client that has gone.
	_ = errorPage.Execute(out, struct{ Heading, Text string }{heading, cmp.Or(said, text)})
}

// failCall answers a call of the API with an error.
func failCall(out http.ResponseWriter, status int, said string) {
	writeRefusal(out, &refusal{status: status, Type: "Error", Message: cmp.Or(said, http.StatusText(status))})
}
