package claysim

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// maxBody bounds what a call may send: ten thousand addresses fit.
const maxBody = 1 << 20

// apiHandler serves the host of the traffic.
func (s *Server) apiHandler() http.Handler {
	mux := http.NewServeMux()
	s.routeReads(mux)
	s.routeWrites(mux)
	s.routeAccess(mux)
	s.routeSignIn(mux)
	mux.HandleFunc("/", func(out http.ResponseWriter, _ *http.Request) { writeRefusal(out, noMatchingURL()) })
	return s.crossOrigin(s.countCalls(mux, s.faulty(s.faultyCall(mux), failCall)))
}

// crossOrigin lets the pages, and nobody else, call with their cookie.
func (s *Server) crossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if origin := in.Header.Get("Origin"); origin == s.AppURL() {
			header := out.Header()
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Set("Access-Control-Expose-Headers", "Retry-After")
			header.Set("Vary", "Origin")
			if in.Method == http.MethodOptions {
				header.Set("Access-Control-Allow-Methods", "GET, POST, PATCH, DELETE")
				header.Set("Access-Control-Allow-Headers", "Content-Type")
				header.Set("Access-Control-Max-Age", "600")
			}
		}
		if in.Method == http.MethodOptions {
			out.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(out, in)
	})
}

// countCalls counts by method and route.
func (s *Server) countCalls(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		_, pattern := mux.Handler(in)
		if pattern == "/" {
			pattern = in.Method + " (no route)"
		}
		s.world.count(func(c *Counters) { c.API[pattern]++ })
		next.ServeHTTP(out, in)
	})
}

// signed is a handler that needs a session.
type signed func(out http.ResponseWriter, in *http.Request, actor *account) *refusal

func (s *Server) signed(handle signed) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		actor, refused := s.world.signedIn(in)
		if refused == nil {
			refused = handle(out, in, actor)
		}
		if refused != nil {
			writeRefusal(out, refused)
		}
	}
}

func writeRefusal(out http.ResponseWriter, refused *refusal) {
	writeJSON(out, refused.status, refused)
}

func writeJSON(out http.ResponseWriter, status int, body any) {
	out.Header().Set("Content-Type", "application/json; charset=utf-8")
	out.WriteHeader(status)
	if err := json.NewEncoder(out).Encode(body); err != nil {
		// The client has gone, and nobody else would read it.
		return
	}
}

func readJSON(in *http.Request, into any) *refusal {
	if err := json.NewDecoder(http.MaxBytesReader(nil, in.Body, maxBody)).Decode(into); err != nil {
		return badRequest("Invalid JSON")
	}
	return nil
}

// pathNumber is a number in the path; 0, which is no id, if it is none.
func pathNumber(in *http.Request, name string) int {
	number, err := strconv.Atoi(in.PathValue(name))
	if err != nil {
		return 0
	}
	return number
}
