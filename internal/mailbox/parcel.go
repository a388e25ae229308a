package mailbox

import (
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// parcel is what a server sent of a message: what was asked for, or less.
type parcel struct {
	uid      imap.UID
	size     int64
	received time.Time
	// content is the header or the whole, as was asked for; never a part of it.
	content []byte
}

// collect takes in what a server sends. The client's own Collect reads on after a connection broke, at the same time as the client itself, and
// what came before the break looks whole to it.
func collect(command *imapclient.FetchCommand) ([]parcel, error) {
	var parcels []parcel
	for message := command.Next(); message != nil; message = command.Next() {
		var parcel parcel
		for item := message.Next(); item != nil; item = message.Next() {
			switch item := item.(type) {
			case imapclient.FetchItemDataUID:
				parcel.uid = item.UID
			case imapclient.FetchItemDataRFC822Size:
				parcel.size = item.Size
			case imapclient.FetchItemDataInternalDate:
				parcel.received = item.Time
			case imapclient.FetchItemDataBodySection:
				content, err := read(item.Literal)
				if err != nil {
					return nil, err
				}
				parcel.content = content
			}
		}
		parcels = append(parcels, parcel)
	}
	return parcels, command.Close()
}

// read reads all of a text, or nothing of one that is too large. After an error nothing may be read any more.
func read(literal imap.LiteralReader) ([]byte, error) {
	if literal == nil {
		return nil, nil
	}
	var content []byte
	var taken int64
	var err error
	if literal.Size() > maxMessage {
		taken, err = io.Copy(io.Discard, literal)
	} else {
		content, err = io.ReadAll(literal)
		taken = int64(len(content))
	}
	if err == nil && taken < literal.Size() {
		err = io.ErrUnexpectedEOF // the client takes a break for the end
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}
