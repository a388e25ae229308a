package claysim

import (
	"net/http"
	"strings"
)

const (
	sentenceGone = "This workspace no longer exists"
	// workspacePrefix begins the paths of the calls that are about one workspace.
	workspacePrefix = "/v3/workspaces/"
	// proxyPage is what stands between people and applications and knows neither.
	proxyPage = "<!doctype html><html><head><title>One moment</title></head><body><p>Checking the connection.</p></body></html>"
)

// faultyCall lets the faults of the API's calls happen to a handler.
func (s *Server) faultyCall(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		request := in.Method + " " + in.URL.Path
		if cookieValue(in, sessionCookie) != "" {
			if _, on := s.world.faults.take(FaultSessionExpired, request); on {
				s.world.endSession(in)
			}
			s.world.challengeAmid(in, request)
			if refused := s.world.faults.refuse(in.URL.Path, request); refused != nil {
				writeRefusal(out, refused)
				return
			}
		}
		if _, on := s.world.faults.take(FaultWrongType, request); on {
			next.ServeHTTP(newRecorded(), in)
			out.Header().Set("Content-Type", "text/html; charset=utf-8")
			// The only error is a client that has gone.
			_, _ = out.Write([]byte(proxyPage))
			return
		}
		if _, on := s.world.faults.take(FaultTruncated, request); on {
			answer := newRecorded()
			next.ServeHTTP(answer, in)
			answer.begin(out)
			// The only error is a client that has gone.
			_, _ = out.Write(answer.half())
			return
		}
		next.ServeHTTP(out, in)
	})
}

// refuse is the refusal of a fault that knows better than the session.
func (f *faults) refuse(path, request string) *refusal {
	if _, on := f.take(FaultUnauthorized, request); on {
		return unauthorized()
	}
	if !strings.HasPrefix(path, workspacePrefix) {
		return nil
	}
	// What was removed or deleted stays so.
	struck := func(kind FaultKind) bool {
		_, on := f.takeIf(func(active *ActiveFault) bool {
			return active.Kind == kind && (active.Happened > 0 || matches(active.Route, request))
		})
		return on
	}
	switch {
	case struck(FaultWorkspaceGone):
		return notFound(sentenceGone)
	case struck(FaultNoAccess):
		return forbidden(sentenceNoAccess)
	}
	return nil
}
