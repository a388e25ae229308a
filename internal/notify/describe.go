package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"syscall"
)

// describe says why no answer came, in words of its own: the errors of net/http quote the address, and what a receiver sent
// instead of an answer.
func describe(err error) string {
	if operation, is := errors.AsType[*net.OpError](err); is && operation.Op == "proxyconnect" {
		return "is not reached, because the proxy is not: " + describe(operation.Err)
	}
	if untrusted, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return "has a certificate that is not trusted: " + describeCertificate(untrusted.Err)
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is || errors.Is(err, http.ErrSchemeMismatch) {
		return "does not speak TLS: check the key url of its Secret"
	}
	if failure, is := errors.AsType[net.Error](err); errors.Is(err, context.DeadlineExceeded) || is && failure.Timeout() {
		return fmt.Sprintf("did not answer within %v", attemptLimit)
	}
	if failure, is := errors.AsType[*net.DNSError](err); is && failure.IsNotFound {
		return "has a name that nobody knows: check the key url of its Secret"
	} else if is {
		return "has a name that could not be looked up"
	}
	if number, is := errors.AsType[syscall.Errno](err); is {
		return "was not reached: " + number.Error()
	}
	return "was not reached, or the connection broke before it answered"
}

func describeCertificate(err error) string {
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return "it is for another name"
	}
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return "nobody that this machine trusts has signed it"
	}
	if invalid, is := errors.AsType[x509.CertificateInvalidError](err); is && invalid.Reason == x509.Expired {
		return "it has expired, or is not valid yet"
	}
	return "it is not valid"
}
