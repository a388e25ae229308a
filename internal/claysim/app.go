package claysim

import (
	"cmp"
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"strings"
)

// assetsPath is where scripts and styles are served.
const assetsPath = "/assets/"

//go:embed assets
var assets embed.FS

var appPage = template.Must(template.ParseFS(assets, "assets/app.html"))

// pageConfig is what a build of the application knows when a document loads.
type pageConfig struct {
	API             string            `json:"api"`
	Variant         Variant           `json:"variant"`
	Labels          map[Label]string  `json:"labels"`
	RoleIDs         map[Role]int      `json:"roleIds"`
	UsersPath       string            `json:"usersPath"`
	PermissionsPath string            `json:"permissionsPath"`
	Fields          map[string]string `json:"fields"`
	Overlay         string            `json:"overlay"`
	// OverlayAfter is in milliseconds.
	OverlayAfter int64 `json:"overlayAfter,omitempty"`
	// Lang and Texts are of another language than English, Texts by their English words.
	Lang  string            `json:"lang,omitempty"`
	Texts map[string]string `json:"texts,omitempty"`
	// Faults are those that the scripts let happen.
	Faults []pageFault `json:"faults,omitempty"`
}

// appHandler serves the host of the pages: one document for every path.
func (s *Server) appHandler() http.Handler {
	document := s.faulty(s.faultyDocument(http.HandlerFunc(s.getDocument)), failDocument)
	mux := http.NewServeMux()
	mux.Handle("GET "+assetsPath, staticHandler())
	mux.HandleFunc("GET /favicon.ico", func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("POST /telemetry", s.postTelemetry)
	mux.HandleFunc("GET /", func(out http.ResponseWriter, in *http.Request) {
		s.world.count(func(c *Counters) { c.Documents[in.URL.Path]++ })
		document.ServeHTTP(out, in)
	})
	return mux
}

// staticHandler serves scripts and styles.
func staticHandler() http.Handler {
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		panic(err) // The directory is compiled in.
	}
	return http.StripPrefix(assetsPath, http.FileServerFS(files))
}

func (s *Server) getDocument(out http.ResponseWriter, _ *http.Request) {
	config := s.pageConfig()
	content, err := json.Marshal(config)
	if err != nil {
		failDocument(out, http.StatusInternalServerError, "")
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Cache-Control", "no-store")
	// The only error is a client that has gone.
	_ = appPage.Execute(out, struct {
		Lang   string
		Config template.JS
	}{cmp.Or(config.Lang, english), template.JS(content)}) //nolint:gosec // The JSON is our own, with HTML escaped by Marshal.
}

func (s *Server) pageConfig() pageConfig {
	variant := s.Variant()
	config := pageConfig{
		API: s.APIURL(), Variant: variant.withPaths(), Labels: variant.labels(), RoleIDs: roleIDs,
		UsersPath: clientPath(usersRoute), PermissionsPath: clientPath(permissionsRoute), Fields: map[string]string{},
		Faults: s.world.faults.ofPages(),
	}
	if _, on := s.world.faults.take(FaultLocale, ""); on {
		config.Lang, config.Labels, config.Texts = german, maps.Clone(inGerman.Labels), inGerman.Texts
	}
	for _, fault := range s.world.faults.takeAll(FaultRenamedLabel) {
		config.Labels[fault.Label] = fault.Text
	}
	if s.world.faults.active(FaultMovedPaths) {
		config.UsersPath, config.PermissionsPath = clientPath(movedUsersRoute), clientPath(movedPermissionsRoute)
	}
	if s.world.faults.active(FaultRenamedFields) {
		config.Fields = renamedFields
	}
	if fault, on := s.world.faults.take(FaultOverlay, ""); on {
		config.Overlay, config.OverlayAfter = fault.Text, fault.Delay.Milliseconds()
	}
	return config
}

// clientPath is the path of a route that the script fills in.
func clientPath(route string) string { return strings.TrimPrefix(route, "GET ") }

// postTelemetry is how the pages tell that a dialog opened or a fault happened.
func (s *Server) postTelemetry(out http.ResponseWriter, in *http.Request) {
	var event struct {
		Dialog string `json:"dialog"`
		Fault  int    `json:"fault"`
	}
	if refused := readJSON(in, &event); refused != nil {
		writeRefusal(out, refused)
		return
	}
	if event.Fault > 0 {
		s.world.faults.happen(event.Fault)
	}
	s.world.count(func(c *Counters) {
		if event.Dialog != "" {
			c.Dialogs[event.Dialog]++
		}
	})
	out.WriteHeader(http.StatusNoContent)
}
