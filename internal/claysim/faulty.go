package claysim

import (
	"html/template"
	"net/http"
	"strconv"
	"time"
)

var errorPage = template.Must(template.ParseFS(assets, "assets/error.html"))

// faulty lets the faults of the transport happen to a handler. Preflight
// requests are spared, because no user sees them.
func (s *Server) faulty(next http.Handler, fail func(http.ResponseWriter, int)) http.Handler {
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
			fail(out, fault.Status)
			return
		}
		if _, on := s.world.faults.take(FaultLostResponse, request); on {
			next.ServeHTTP(discard{header: http.Header{}}, in)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(out, in)
	})
}

// delay holds a request back. It reports whether the client still waits.
func (s *Server) delay(in *http.Request, fault ActiveFault) bool {
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

// discard is a ResponseWriter whose answer nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header            { return d.header }
func (d discard) Write(body []byte) (int, error) { return len(body), nil }
func (d discard) WriteHeader(int)                {}

// failDocument answers a page with an error page.
func failDocument(out http.ResponseWriter, status int) {
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
	_ = errorPage.Execute(out, struct{ Heading, Text string }{heading, text})
}

// failCall answers a call of the API with an error.
func failCall(out http.ResponseWriter, status int) {
	writeRefusal(out, &refusal{status: status, Type: "Error", Message: http.StatusText(status)})
}
