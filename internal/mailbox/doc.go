// Package mailbox finds the one-time code that Clay sent by e-mail, in a mailbox that is reached by IMAP over TLS.
//
// It knows IMAP, e-mails and how a code stands in one: no page, no browser, no Kubernetes. It opens one folder read-only, notes
// where the folder ends before the code is asked for, and looks at what arrives after that: at a few header fields of every new
// message, and at the rest of those alone that come from Clay. It marks, moves and deletes nothing. What it cannot be sure of it does not
// guess: a person types the code then. No error and no formatted value holds the password, the code or text of a message.
package mailbox
