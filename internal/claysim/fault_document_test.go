package claysim

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// sources are the files of this package.
var sources = os.DirFS(".")

func TestFaultsOfDocuments(t *testing.T) {
	tests := []struct {
		fault Fault
		check func(answer, error) bool
	}{
		{Fault{Kind: FaultMaintenance, RetryAfter: time.Minute}, func(got answer, err error) bool {
			return err == nil && got.status == http.StatusServiceUnavailable && got.header.Get("Retry-After") == "60" &&
				strings.Contains(got.text, "right back")
		}},
		{Fault{Kind: FaultNoContent}, func(got answer, err error) bool {
			return err == nil && got.status == http.StatusNoContent && got.text == ""
		}},
		{Fault{Kind: FaultDownload}, func(got answer, err error) bool {
			return err == nil && strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment")
		}},
		{Fault{Kind: FaultRedirectLoop}, func(_ answer, err error) bool {
			return err != nil && strings.Contains(err.Error(), "redirects")
		}},
		{Fault{Kind: FaultReset}, func(_ answer, err error) bool { return err != nil }},
		{Fault{Kind: FaultSlowDocument, Delay: time.Millisecond}, func(got answer, err error) bool {
			return err == nil && got.status == http.StatusOK && strings.HasSuffix(strings.TrimSpace(got.text), "</html>")
		}},
	}
	for _, test := range tests {
		t.Run(string(test.fault.Kind), func(t *testing.T) {
			server := startSample(t)
			b := signedInBrowser(t, server)
			test.fault.Route = "/workspaces/**"
			id := server.Inject(test.fault)
			address := server.AppURL() + "/workspaces/4821/home"
			got, err := b.do(http.MethodGet, address, nil)
			if !test.check(got, err) {
				t.Errorf("status %d, header %v, error %v", got.status, got.header, err)
			}
			if other := b.page(server.AppURL() + "/login"); other.status != http.StatusOK {
				t.Errorf("another document: %d", other.status)
			}
			if call := b.get("/v3/me"); call.status != http.StatusOK {
				t.Errorf("a call: %d", call.status)
			}
			server.ClearFaults(id)
			if after := b.page(address); after.status != http.StatusOK || after.header.Get("Content-Disposition") != "" {
				t.Errorf("after the fault: %d", after.status)
			}
		})
	}
}

func TestASlowDocumentComesInTwoParts(t *testing.T) {
	server := startSample(t)
	id := server.Inject(Fault{Kind: FaultSlowDocument, Delay: time.Hour})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.AppURL()+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := newBrowser(t, server).client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := response.Body.Close(); err != nil {
			t.Error(err)
		}
	}()
	first := make([]byte, 15)
	if n, err := response.Body.Read(first); err != nil || !strings.HasPrefix(string(first[:n]), "<!doctype") {
		t.Fatalf("the first part: %q, %v", first, err)
	}
	server.ClearFaults(id)
	var rest strings.Builder
	buffer := make([]byte, 1024)
	for err == nil {
		var n int
		n, err = response.Body.Read(buffer)
		rest.Write(buffer[:n])
	}
	if !strings.Contains(rest.String(), "</html>") {
		t.Errorf("the second part lacks the end: %v", err)
	}
}

func TestAResetLeavesTheWriteDone(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	server.Inject(Fault{Kind: FaultReset, Route: inviteRoute, Times: 1})
	body := map[string]any{"emails": []string{"new@example.com"}, "roleId": 2}
	if got, err := b.do(http.MethodPost, server.APIURL()+"/v3/workspaces/4821/invitations", body); err == nil {
		t.Errorf("answered with %d", got.status)
	}
	if _, sent := server.Workspace(SampleWorkspace).Invitation("new@example.com"); !sent {
		t.Error("the invitation was not sent")
	}
}
