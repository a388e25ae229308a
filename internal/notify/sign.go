package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// The headers of Standard Webhooks, see https://www.standardwebhooks.com.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"

	// signatureVersion begins a signature that is an HMAC with SHA-256.
	signatureVersion = "v1,"
)

// sign adds the headers by which a receiver knows who sent a body, and when. The id is signed too, as Standard Webhooks has it, so
// that a request that somebody recorded cannot be passed off as another event.
func sign(header http.Header, key []byte, id string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	// Writing to a hash never fails.
	_, _ = mac.Write([]byte(id + "." + timestamp + "."))
	_, _ = mac.Write(body)
	header.Set(headerID, id)
	header.Set(headerTimestamp, timestamp)
	header.Set(headerSignature, signatureVersion+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
