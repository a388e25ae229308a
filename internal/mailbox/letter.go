package mailbox

import (
	"bufio"
	"bytes"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-message"
	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-message/textproto"
)

// maxAge is how much older than the watch a message may say that it is. Clocks differ by minutes at most where TLS works, and an older
// code, delivered late or moved into the folder, would not open anything.
const maxAge = 10 * time.Minute

// letter is the outside of a message.
type letter struct {
	uid      imap.UID
	size     int64
	received time.Time
	header   mail.Header
}

// newLetter reads the header of a message. One that cannot be read is as good as none: it names no sender.
func newLetter(parcel parcel) letter {
	read := letter{uid: parcel.uid, size: parcel.size, received: parcel.received}
	header, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(parcel.content)))
	if err == nil {
		read.header = mail.Header{Header: message.Header{Header: header}}
	}
	return read
}

// admits says whether a message may be the one that is waited for, and counts in seen why not.
func (r Request) admits(letter letter, opened time.Time, seen *tally) bool {
	switch {
	case !letter.isFrom(r.senders()):
		seen.stranger++
	case letter.isForged():
		seen.unproved++
	case !letter.isFor(r.Recipient):
		seen.elsewhere++
	case letter.isOld(opened):
		seen.old++
	case letter.size > maxMessage:
		seen.large++
	default:
		return true
	}
	return false
}

// isFrom says whether the message names one sender, of one of the domains or below it.
func (l letter) isFrom(domains []string) bool {
	fields := l.values("From")
	if len(fields) != 1 {
		return false // programs differ in which of two they show
	}
	senders, err := mail.ParseAddressList(fields[0])
	if err != nil || len(senders) != 1 {
		return false
	}
	address := strings.ToLower(senders[0].Address)
	domain := address[strings.LastIndexByte(address, '@')+1:]
	for _, allowed := range domains {
		allowed = strings.ToLower(allowed)
		if domain == allowed || strings.HasSuffix(domain, "."+allowed) {
			return true
		}
	}
	return false
}

// isFor says whether the message went to an address, or does not say to whom it went.
func (l letter) isFor(recipient string) bool {
	says := false
	for _, name := range []string{"To", "Cc", "Delivered-To"} {
		for _, value := range l.values(name) {
			says = true
			addresses, err := mail.ParseAddressList(value)
			if err != nil {
				addresses = nil
			}
			for _, address := range addresses {
				if strings.EqualFold(address.Address, recipient) {
					return true
				}
			}
		}
	}
	return !says
}

// isOld says whether the message was sent or received long before the watch began.
func (l letter) isOld(opened time.Time) bool {
	sent, err := l.header.Date()
	if err != nil {
		sent = time.Time{}
	}
	for _, at := range []time.Time{sent, l.received} {
		if !at.IsZero() && opened.Sub(at) > maxAge {
			return true
		}
	}
	return false
}

// isForged says whether the mail server that received the message found its sender not to be who it says.
func (l letter) isForged() bool {
	fields := l.values("Authentication-Results")
	if len(fields) == 0 {
		return false
	}
	// The topmost was added last, by the server of this mailbox. One with another name came with the message and proves nothing.
	checker, _ := authentication(fields[0])
	var failed, passed bool
	for _, field := range fields {
		name, results := authentication(field)
		if name != checker {
			continue
		}
		for _, result := range results {
			switch {
			case result == unreadable, result == methodResult{"dmarc", "fail"}:
				return true // with dmarc, neither of the others passed for the domain that the message shows
			case result.method != "dkim" && result.method != "spf":
			case result.result == "pass":
				passed = true
			case result.result == "fail" || result.result == "hardfail":
				failed = true
			}
		}
	}
	return failed && !passed
}

// values are the values of all header fields of a name, topmost first.
func (l letter) values(name string) []string {
	var values []string
	for fields := l.header.FieldsByKey(name); fields.Next(); {
		values = append(values, fields.Value())
	}
	return values
}
