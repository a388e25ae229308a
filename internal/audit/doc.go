// Package audit keeps what shows what the operator did and saw: the trail, a chain of records of every change in Clay, and evidence,
// the redacted pictures of pages. Both lie in one store, a directory or a bucket that a URL names.
//
// It knows records and objects and nothing else: no Kubernetes, no browser, no Clay. It does not redact; what it is given must be fit
// to be kept.
//
// # The trail
//
// Records are lines of JSON. Each ends with a hash over all of it that comes before, the hash of the record before included, so that
// nobody can change, add or take out one without changing every later one. A batch of records is one object, named after the sequence
// number of its first record and written only where no such object is: object stores cannot append, but they can refuse to replace.
// So a batch is there whole or not at all, and of two writers that continue the chain at one place, one is refused, reads what the other wrote,
// and goes on after it.
//
// Two objects beside the records help to find the ends of the chain. The head names the last record; a crash may leave it behind, and
// whoever writes next finds the records after it. The anchor names the first record that retention left; a record in the
// chain says the same. Both carry a hash of their own.
//
// # Evidence
//
// A piece of evidence is up to three objects with one key. A record that names it holds the SHA-256 of each, and so the chain vouches for them too,
// as long as retention, which is shorter for them, leaves them there.
package audit
