// Package onetime makes the one-time codes of an authenticator app (TOTP, RFC 6238) from the secret that the app would be set up
// with, for log-ins that ask for one.
//
// It knows secrets, clocks and codes and nothing else: no page, no browser, no Kubernetes. It keeps no secret longer than its
// caller does, shows none, and gives no code twice, because who accepts a code once refuses it the second time and may count that as
// an attack.
package onetime
