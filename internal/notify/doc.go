// Package notify tells people that somebody is needed, and that nobody is needed any more: one HTTP request per notice and
// target, as a Slack message or as a CloudEvent, signed where the target has a key.
//
// A Sender takes notices without making its caller wait. It keeps each target's notices in order, spaces its requests, tries again
// what may pass by itself, and says what became of every notice.
//
// The package knows HTTP and nothing else: no Kubernetes objects, no browser, no Clay. It does not redact; a notice must be fit to
// leave the cluster. The address of a webhook is a credential: it is in no error, log or result of this package.
package notify
