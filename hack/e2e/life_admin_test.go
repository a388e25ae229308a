package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/claysim"
)

// adminEmail is an admin of the workspace besides the operator: a person who works on Clay's page.
const adminEmail = "owner@example.com"

// admin changes seats past the manifests, with the calls that the page would make.
type admin struct {
	*house
	http *http.Client
}

func newAdmin(h *house) *admin {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	// Only a browser knows by itself where *.localhost is.
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, h.simulator.Address())
	}}
	return &admin{house: h, http: &http.Client{Jar: jar, Transport: transport}}
}

func (a *admin) changeRole(email string, role clayv1alpha1.Role) {
	a.t.Helper()
	a.do(http.MethodPatch, a.user(email), map[string]any{"roleId": simulatorRole(role).ID()})
}

func (a *admin) remove(email string) {
	a.t.Helper()
	a.do(http.MethodDelete, a.user(email), nil)
}

func (a *admin) invite(email string, role clayv1alpha1.Role) {
	a.t.Helper()
	a.do(http.MethodPost, fmt.Sprintf("/v3/workspaces/%d/invitations", workspaceID),
		map[string]any{"emails": []string{email}, "roleId": simulatorRole(role).ID()})
}

// user is the path of a member.
func (a *admin) user(email string) string {
	a.t.Helper()
	member, found := a.simulator.Workspace(workspaceID).Member(email)
	if !found {
		a.t.Fatalf("%s is no member", email)
	}
	return fmt.Sprintf("/v3/workspaces/%d/users/%d", workspaceID, member.UserID)
}

// do signs in, because sessions end all the time here, and makes one call.
func (a *admin) do(method, path string, body any) {
	a.t.Helper()
	a.call(http.MethodPost, "/v3/auth/password", map[string]string{"email": adminEmail, "password": operatorPassword})
	a.call(method, path, body)
}

func (a *admin) call(method, path string, body any) {
	a.t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.simulator.APIURL()+path, bytes.NewReader(content))
	if err != nil {
		a.t.Fatal(err)
	}
	response, err := a.http.Do(request)
	if err != nil {
		a.t.Fatalf("%s %s by hand: %v", method, path, err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode >= http.StatusBadRequest {
		a.t.Fatalf("%s %s by hand: status %d, %v", method, path, response.StatusCode, err)
	}
}

// operatorWrites are the changes in a journal that the operator made.
func operatorWrites(journal []claysim.Entry) []claysim.Entry {
	var own []claysim.Entry
	for _, entry := range doneIn(journal) {
		if entry.Actor == operatorEmail {
			own = append(own, entry)
		}
	}
	return own
}

// passwordsTyped are the attempts of the operator to sign in.
func passwordsTyped(state claysim.State) []claysim.LogIn {
	var own []claysim.LogIn
	for _, login := range state.LogIns {
		if login.Email == operatorEmail && login.Step == claysim.LogInPassword {
			own = append(own, login)
		}
	}
	return own
}
