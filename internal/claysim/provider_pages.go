package claysim

import (
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

const (
	// flowCookie and providerCookie are cookies of an identity provider's origin.
	flowCookie     = "sso_flow"
	providerCookie = "sso_session"
	// answerPath takes what the pages send.
	answerPath = "/answer"
	// assertionPath is where Clay takes what an identity provider tells.
	assertionPath = "/v3/auth/sso/acs"
)

var (
	providerPage = template.Must(template.ParseFS(assets, "assets/idp/page.html"))
	returnPage   = template.Must(template.ParseFS(assets, "assets/idp/return.html"))
)

// providerHandler serves the origin of one identity provider.
func (s *Server) providerHandler(provider IdentityProvider) http.Handler {
	how := providers[provider]
	mux := http.NewServeMux()
	mux.Handle("GET "+assetsPath, staticHandler())
	mux.HandleFunc("GET /favicon.ico", func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusNoContent) })
	mux.Handle("GET "+answerPath, s.faulty(s.getAnswer(provider), failCall))
	mux.Handle("POST "+answerPath, s.faulty(s.postAnswer(provider), failCall))
	mux.Handle("GET "+how.entry, s.faulty(s.enterProvider(provider), failDocument))
	page := s.faulty(s.faultyDocument(s.getProviderPage(provider)), failDocument)
	mux.HandleFunc("GET /", func(out http.ResponseWriter, in *http.Request) {
		s.world.count(func(c *Counters) { c.Documents[how.host+in.URL.Path]++ })
		page.ServeHTTP(out, in)
	})
	return mux
}

// providerEntry is the URL that Clay sends the browser to.
func (s *Server) providerEntry(provider IdentityProvider, next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") {
		next = "/"
	}
	query := url.Values{"SAMLRequest": {"simulated"}, "RelayState": {next}}
	return s.IdentityProviderURL(provider) + providers[provider].entry + "?" + query.Encode()
}

func (s *Server) enterProvider(provider IdentityProvider) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		token := s.world.beginFlow(provider, in.FormValue("RelayState"), cookieValue(in, providerCookie))
		setProviderCookie(out, flowCookie, token, 0)
		http.Redirect(out, in, providers[provider].paths[stepIdentify], http.StatusFound)
	}
}

// setProviderCookie keeps a cookie until the browser ends, or for some seconds.
func setProviderCookie(out http.ResponseWriter, name, value string, seconds int) {
	http.SetCookie(out, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: seconds})
}

func cookieValue(in *http.Request, name string) string {
	cookie, err := in.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func (s *Server) getProviderPage(provider IdentityProvider) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		token := cookieValue(in, flowCookie)
		view, found := s.world.flowView(provider, token)
		if !found {
			failDocument(out, http.StatusBadRequest, "")
			return
		}
		out.Header().Set("Content-Type", "text/html; charset=utf-8")
		out.Header().Set("Cache-Control", "no-store")
		if view.Step == stepDone {
			s.returnToClay(out, token)
			return
		}
		content, err := json.Marshal(view)
		if err != nil {
			failDocument(out, http.StatusInternalServerError, "")
			return
		}
		// The only error is a client that has gone.
		_ = providerPage.Execute(out, struct {
			Provider IdentityProvider
			Title    string
			View     template.JS
		}{provider, providers[provider].title, template.JS(content)}) //nolint:gosec // The JSON is our own, with HTML escaped by Marshal.
	}
}

// returnToClay is the page whose form posts itself back to Clay.
func (s *Server) returnToClay(out http.ResponseWriter, token string) {
	proof, session, ended := s.world.endFlow(token)
	seconds := 0
	if ended.stay {
		seconds = int(providerSessionLife.Seconds())
	}
	setProviderCookie(out, providerCookie, session, seconds)
	setProviderCookie(out, flowCookie, "", -1)
	// The only error is a client that has gone.
	_ = returnPage.Execute(out, struct{ Action, Proof, Relay string }{s.APIURL() + assertionPath, proof, ended.relay})
}

func (s *Server) getAnswer(provider IdentityProvider) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		view, found := s.world.flowView(provider, cookieValue(in, flowCookie))
		writeView(out, view, found)
	}
}

func (s *Server) postAnswer(provider IdentityProvider) http.HandlerFunc {
	return func(out http.ResponseWriter, in *http.Request) {
		var answer signInAnswer
		if refused := readJSON(in, &answer); refused != nil {
			writeRefusal(out, refused)
			return
		}
		view, found := s.world.answerFlow(provider, cookieValue(in, flowCookie), answer)
		writeView(out, view, found)
	}
}

func writeView(out http.ResponseWriter, view signInView, found bool) {
	if !found {
		writeRefusal(out, unauthorized())
		return
	}
	writeJSON(out, http.StatusOK, view)
}

// postAssertion is where Clay takes what the form of an identity provider posts.
// It sets the session as the password log-in does.
func (s *Server) postAssertion(out http.ResponseWriter, in *http.Request) {
	in.Body = http.MaxBytesReader(out, in.Body, maxBody)
	token, landing, found := s.world.signInByAssertion(in.PostFormValue("SAMLResponse"))
	if !found {
		http.Redirect(out, in, s.AppURL()+"/login", http.StatusSeeOther)
		return
	}
	s.setSession(out, token)
	http.Redirect(out, in, s.AppURL()+landing, http.StatusSeeOther)
}
