// Package audit keeps what shows what the operator saw and did: for now evidence, the redacted pictures of pages.
//
// It knows directories and files and nothing else: no Kubernetes, no browser, no Clay. It does not redact; what it is given must
// be fit to be kept.
package audit
