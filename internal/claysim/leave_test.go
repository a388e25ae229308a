package claysim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestLeaveAndReturn(t *testing.T) {
	server := startSample(t)
	b := signedInBrowser(t, server)
	if err := server.Leave(); err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.ControlURL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
		t.Error("somebody answers after Leave")
	} else if !strings.Contains(err.Error(), "refused") {
		t.Errorf("after Leave: %v", err)
	}
	if err := server.Return(); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/v3/me"); got.status != http.StatusOK {
		t.Errorf("after Return the session of before gets status %d", got.status)
	}
}

func TestOneTimeCodesAreKept(t *testing.T) {
	server := startServer(t, Options{Seed: SignInSample()})
	newBrowser(t, server).call(http.MethodPost, "/v3/auth/start", credentials{Email: "code@example.com"})
	sent := server.Outbox()
	if got := server.Codes(); len(got) != 1 || got[0] != sent[len(sent)-1].Code {
		t.Errorf("codes %q, want the one that was sent", got)
	}
}

func TestAClockThatIsAheadRefusesCodes(t *testing.T) {
	w := &world{now: time.Now, faults: newFaults(), changed: make(chan struct{})}
	key, err := totpKey(SampleTOTPSecret)
	if err != nil {
		t.Fatal(err)
	}
	way := &flow{provider: ProviderOkta, account: &account{Account: Account{TOTPSecret: SampleTOTPSecret}}}
	id := w.faults.add(Fault{Kind: FaultClockSkew, Delay: time.Hour})
	if got := w.codeLocked(way, totpCode(key, totpCounter(w.now()))); got != problemWrongCode {
		t.Errorf("a code of an hour ago: %q", got)
	}
	w.faults.clear(id)
	if got := w.codeLocked(way, totpCode(key, totpCounter(w.now()))); got != "" {
		t.Errorf("a code of now: %q", got)
	}
	if len(w.typed) != 2 {
		t.Errorf("%d codes are kept, want 2", len(w.typed))
	}
}
