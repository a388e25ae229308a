package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// notice is what a row wants to know of a CloudEvent that the operator sent.
type notice struct {
	ID   string `json:"id"`
	Data struct {
		Reason   string `json:"reason"`
		Resolved bool   `json:"resolved"`
	} `json:"data"`
}

// receiver takes the notices of one workspace, and takes none that is not signed.
type receiver struct {
	// url and key are credentials: whoever has them can write, and sign.
	url, key string

	mutex   sync.Mutex
	changed chan struct{}
	notices []notice
	bodies  [][]byte
}

// newReceiver starts one that lasts as long as the test.
func newReceiver(t *testing.T, token, key string) *receiver {
	t.Helper()
	r := &receiver{key: key, changed: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, in *http.Request) {
		if err := r.take(in, "/"+token); err != nil {
			t.Errorf("a notice: %v", err)
			out.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(server.Close)
	r.url = server.URL + "/" + token
	return r
}

// take checks who sent a notice, and keeps it. One that is sent again is kept once.
func (r *receiver) take(in *http.Request, path string) error {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil // the operator is gone, and sends it again
	}
	key, err := base64.StdEncoding.DecodeString(r.key)
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(in.Header.Get("Webhook-Id") + "." + in.Header.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); in.Header.Get("Webhook-Signature") != want || in.URL.Path != path {
		return errors.New("it is not signed, or came to another address")
	}
	var sent notice
	if err := json.Unmarshal(body, &sent); err != nil {
		return err
	}
	if sent.ID != in.Header.Get("Webhook-Id") {
		return fmt.Errorf("the event %q has the id %q in its header", sent.ID, in.Header.Get("Webhook-Id"))
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, known := range r.notices {
		if known.ID == sent.ID {
			return nil
		}
	}
	r.notices, r.bodies = append(r.notices, sent), append(r.bodies, body)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// await waits until a person was told that something is needed for a reason and that it is over, and returns how often each was told.
func (r *receiver) await(t *testing.T, reason string) (needed, resolved int) {
	t.Helper()
	limit := time.NewTimer(settleTimeout)
	defer limit.Stop()
	for {
		r.mutex.Lock()
		needed, resolved = 0, 0
		for _, sent := range r.notices {
			switch {
			case sent.Data.Reason != reason:
			case sent.Data.Resolved:
				resolved++
			default:
				needed++
			}
		}
		changed := r.changed
		r.mutex.Unlock()
		if needed > 0 && resolved > 0 {
			return needed, resolved
		}
		select {
		case <-changed:
		case <-limit.C:
			t.Fatalf("waiting for notices of %s: %d that a person is needed, %d that it is over", reason, needed, resolved)
		}
	}
}

// told are the notices as they were sent.
func (r *receiver) told() [][]byte {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([][]byte(nil), r.bodies...)
}
