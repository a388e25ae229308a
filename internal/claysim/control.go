package claysim

import (
	"encoding/json"
	"net/http"
)

// controlHandler serves the control surface on every host that is not Clay's.
func (s *Server) controlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(out http.ResponseWriter, in *http.Request) {
		http.Redirect(out, in, "/_sim/", http.StatusFound)
	})
	mux.HandleFunc("GET /_sim/{$}", func(out http.ResponseWriter, in *http.Request) {
		http.ServeFileFS(out, in, assets, "assets/control.html")
	})
	mux.HandleFunc("GET /_sim/control.js", func(out http.ResponseWriter, in *http.Request) {
		http.ServeFileFS(out, in, assets, "assets/control.js")
	})
	mux.HandleFunc("GET /_sim/state", s.getControlState)
	for name, read := range map[string]func() any{
		"outbox":   func() any { return s.Outbox() },
		"journal":  func() any { return s.Journal() },
		"log-ins":  func() any { return s.LogIns() },
		"counters": func() any { return s.Counters() },
		"faults":   func() any { return s.Faults() },
	} {
		mux.HandleFunc("GET /_sim/"+name, func(out http.ResponseWriter, _ *http.Request) {
			writeJSON(out, http.StatusOK, read())
		})
	}
	mux.HandleFunc("POST /_sim/counters/reset", func(out http.ResponseWriter, _ *http.Request) {
		s.ResetCounters()
		out.WriteHeader(http.StatusNoContent)
	})
	s.routePeople(mux)
	s.routeHappenings(mux)
	mux.HandleFunc("POST /_sim/faults", s.postControlFault)
	mux.HandleFunc("DELETE /_sim/faults", func(out http.ResponseWriter, _ *http.Request) {
		s.ClearFaults()
		out.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /_sim/faults/{id}", func(out http.ResponseWriter, in *http.Request) {
		s.ClearFaults(pathNumber(in, "id"))
		out.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sim/sessions/end", func(out http.ResponseWriter, _ *http.Request) {
		s.EndSessions()
		out.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /_sim/variant", s.postControlVariant)
	mux.HandleFunc("POST /_sim/version", s.postControlVersion)
	return http.NewCrossOriginProtection().Handler(mux)
}

// getControlState is all that the control page shows, in one answer.
func (s *Server) getControlState(out http.ResponseWriter, _ *http.Request) {
	var variants []string
	for _, variant := range Variants() {
		variants = append(variants, variant.Name)
	}
	writeJSON(out, http.StatusOK, struct {
		State
		People   []personState `json:"people"`
		Faults   []ActiveFault `json:"faults"`
		Variant  Variant       `json:"variant"`
		Variants []string      `json:"variants"`
		Kinds    []FaultKind   `json:"kinds"`
		AppURL   string        `json:"appUrl"`
		APIURL   string        `json:"apiUrl"`
	}{s.State(), s.world.people(), s.Faults(), s.Variant(), variants, faultKinds(), s.AppURL(), s.APIURL()})
}

func (s *Server) postControlFault(out http.ResponseWriter, in *http.Request) {
	var fault Fault
	if err := json.NewDecoder(in.Body).Decode(&fault); err != nil || fault.Kind == "" {
		writeRefusal(out, badRequest("send a fault with a kind"))
		return
	}
	writeJSON(out, http.StatusCreated, map[string]int{"id": s.Inject(fault)})
}

func (s *Server) postControlVersion(out http.ResponseWriter, in *http.Request) {
	var body struct {
		Version string `json:"version"`
	}
	if refused := readJSON(in, &body); refused != nil {
		writeRefusal(out, refused)
		return
	}
	s.SetVersion(body.Version)
	out.WriteHeader(http.StatusNoContent)
}

func (s *Server) postControlVariant(out http.ResponseWriter, in *http.Request) {
	var body struct {
		Name string `json:"name"`
	}
	if refused := readJSON(in, &body); refused != nil {
		writeRefusal(out, refused)
		return
	}
	for _, variant := range Variants() {
		if variant.Name == body.Name {
			s.SetVariant(variant)
			out.WriteHeader(http.StatusNoContent)
			return
		}
	}
	writeRefusal(out, notFound("there is no variant of this name"))
}
