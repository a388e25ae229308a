package claysim

import (
	"net/http"
	"strconv"
	"time"
)

// faultyDocument lets the faults of documents happen to a handler.
func (s *Server) faultyDocument(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		request := in.Method + " " + in.URL.Path
		faults := s.world.faults
		if fault, on := faults.take(FaultMaintenance, request); on {
			failMaintenance(out, fault.RetryAfter)
			return
		}
		if _, on := faults.take(FaultNoContent, request); on {
			out.WriteHeader(http.StatusNoContent)
			return
		}
		if _, on := faults.take(FaultRedirectLoop, request); on {
			http.Redirect(out, in, in.URL.RequestURI(), http.StatusFound) //nolint:gosec // To where the request came in.
			return
		}
		if _, on := faults.take(FaultDownload, request); on {
			out.Header().Set("Content-Disposition", `attachment; filename="document.html"`)
		}
		if fault, on := faults.take(FaultSlowDocument, request); on {
			s.sendSlowly(out, in, next, fault)
			return
		}
		next.ServeHTTP(out, in)
	})
}

func failMaintenance(out http.ResponseWriter, retryAfter time.Duration) {
	if retryAfter > 0 {
		out.Header().Set("Retry-After", strconv.Itoa(int(retryAfter/time.Second)))
	}
	failDocument(out, http.StatusServiceUnavailable, "")
}

// sendSlowly sends the first half of an answer at once and the rest after the fault's delay.
func (s *Server) sendSlowly(out http.ResponseWriter, in *http.Request, next http.Handler, fault ActiveFault) {
	answer := newRecorded()
	next.ServeHTTP(answer, in)
	answer.begin(out)
	first := answer.half()
	if _, err := out.Write(first); err != nil {
		return // The client has gone.
	}
	if err := http.NewResponseController(out).Flush(); err != nil || !s.delay(in, fault) {
		return
	}
	// The only error is a client that has gone.
	_, _ = out.Write(answer.body.Bytes()[len(first):])
}
