package mailbox

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// envelopeFields are the header fields that decide whether a message is read.
var envelopeFields = []string{"From", "To", "Cc", "Delivered-To", "Date", "Authentication-Results"}

// tally counts what arrived and why it was not what was waited for.
type tally struct {
	stranger, unproved, elsewhere, old, large, codeless int
}

func (t tally) plus(other tally) tally {
	return tally{
		stranger: t.stranger + other.stranger, unproved: t.unproved + other.unproved, elsewhere: t.elsewhere + other.elsewhere,
		old: t.old + other.old, large: t.large + other.large, codeless: t.codeless + other.codeless,
	}
}

// String says it for a person.
func (t tally) String() string {
	if t == (tally{}) {
		return "no message arrived at all; check that Clay's messages go to this folder, and that the mailbox is that of the account"
	}
	var parts []string
	for _, part := range []struct {
		count int
		why   string
	}{
		{t.stranger, "from other senders"},
		{t.unproved, "whose sender the mail server calls forged"},
		{t.elsewhere, "for another address"},
		{t.old, "sent long before"},
		{t.large, "too large"},
		{t.codeless, "from Clay without a code"},
	} {
		if part.count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.count, part.why))
		}
	}
	return "what arrived is " + strings.Join(parts, ", ") + "; type the code by hand, or check the mailbox of the account"
}

// look reads what arrived since the last look, and returns the code in it, or "". The error is ErrAmbiguous, or of the connection.
func (w *Watch) look(ctx context.Context) (string, error) {
	uids, err := w.arrivals(ctx)
	w.looked = w.looked || err == nil
	if err != nil || len(uids) == 0 {
		return "", err
	}
	letters, err := w.envelopes(ctx, uids)
	if err != nil {
		return "", err
	}
	var seen tally
	found := map[string]bool{}
	for _, letter := range letters {
		if !w.request.admits(letter, w.opened, &seen) {
			continue
		}
		raw, err := w.message(ctx, letter.uid)
		if err != nil {
			return "", err
		}
		switch code, err := find(raw); {
		case err != nil:
			found[""] = true
		case code == "":
			seen.codeless++
		default:
			found[code] = true
		}
	}
	// Only now: a connection that is lost half-way looks again at all of them.
	w.next = slices.Max(uids) + 1
	w.tally = w.tally.plus(seen)
	return only(found)
}

// arrivals are the messages that were not looked at yet.
func (w *Watch) arrivals(ctx context.Context) ([]imap.UID, error) {
	criteria := &imap.SearchCriteria{UID: []imap.UIDSet{{imap.UIDRange{Start: w.next, Stop: 0}}}}
	client := w.connection.client
	data, err := exchange(ctx, w.connection.raw, exchangeLimit, func(context.Context) (*imap.SearchData, error) {
		return client.UIDSearch(criteria, nil).Wait()
	})
	if err != nil {
		return nil, err
	}
	// A range to the end always holds the last message, even where that comes before its start.
	return slices.DeleteFunc(data.AllUIDs(), func(uid imap.UID) bool { return uid < w.next }), nil
}

// envelopes reads of every message what decides whether it is read whole.
func (w *Watch) envelopes(ctx context.Context, uids []imap.UID) ([]letter, error) {
	section := &imap.FetchItemBodySection{Specifier: imap.PartSpecifierHeader, HeaderFields: envelopeFields, Peek: true}
	options := &imap.FetchOptions{UID: true, InternalDate: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}}
	parcels, err := w.fetch(ctx, imap.UIDSetNum(uids...), options)
	letters := make([]letter, 0, len(parcels))
	for _, parcel := range parcels {
		letters = append(letters, newLetter(parcel))
	}
	return letters, err
}

// message reads a whole message, and leaves it marked as it was. Nil is one that is gone.
func (w *Watch) message(ctx context.Context, uid imap.UID) ([]byte, error) {
	section := &imap.FetchItemBodySection{Peek: true}
	parcels, err := w.fetch(ctx, imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}})
	if err != nil || len(parcels) == 0 {
		return nil, err
	}
	return parcels[0].content, nil
}

func (w *Watch) fetch(ctx context.Context, uids imap.UIDSet, options *imap.FetchOptions) ([]parcel, error) {
	client := w.connection.client
	return exchange(ctx, w.connection.raw, exchangeLimit, func(context.Context) ([]parcel, error) {
		return collect(client.Fetch(uids, options))
	})
}
