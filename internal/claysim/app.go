package claysim

import (
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
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
}

// appHandler serves the host of the pages: one document for every path.
func (s *Server) appHandler() http.Handler {
	document := s.faulty(http.HandlerFunc(s.getDocument), failDocument)
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
	config, err := json.Marshal(s.pageConfig())
	if err != nil {
		failDocument(out, http.StatusInternalServerError)
		return
	}
	out.Header().Set("Content-Type", "text/html; charset=utf-8")
	out.Header().Set("Cache-Control", "no-store")
	// The only error is a client that has gone.
	_ = appPage.Execute(out, template.JS(config)) //nolint:gosec // The JSON is our own, with HTML escaped by Marshal.
}

func (s *Server) pageConfig() pageConfig {
	variant := s.Variant()
	labels := variant.labels()
	for _, fault := range s.world.faults.takeAll(FaultRenamedLabel) {
		labels[fault.Label] = fault.Text
	}
	config := pageConfig{
		API: s.APIURL(), Variant: variant, Labels: labels, RoleIDs: roleIDs,
		UsersPath: clientPath(usersRoute), PermissionsPath: clientPath(permissionsRoute), Fields: map[string]string{},
	}
	if s.world.faults.active(FaultMovedPaths) {
		config.UsersPath, config.PermissionsPath = clientPath(movedUsersRoute), clientPath(movedPermissionsRoute)
	}
	if s.world.faults.active(FaultRenamedFields) {
		config.Fields = renamedFields
	}
	if fault, on := s.world.faults.take(FaultOverlay, ""); on {
		config.Overlay = fault.Text
	}
	return config
}

// clientPath is the path of a route that the script fills in.
func clientPath(route string) string { return strings.TrimPrefix(route, "GET ") }

// postTelemetry is how the pages tell that a dialog opened.
func (s *Server) postTelemetry(out http.ResponseWriter, in *http.Request) {
	var event struct {
		Dialog string `json:"dialog"`
	}
	if refused := readJSON(in, &event); refused != nil {
		writeRefusal(out, refused)
		return
	}
	s.world.count(func(c *Counters) { c.Dialogs[event.Dialog]++ })
	out.WriteHeader(http.StatusNoContent)
}
