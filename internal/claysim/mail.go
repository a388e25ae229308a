package claysim

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"time"
)

const (
	// MailSender is whom every e-mail is from. Clay's own address is unknown.
	MailSender = "Clay <no-reply@clay.example.com>"
	// mailHost ends the ids of the e-mails.
	mailHost = "clay.example.com"
	// mailBoundary parts the text from the HTML.
	mailBoundary = "=_clay-part-7d41c0"
)

// MailKind is the purpose of an e-mail.
type MailKind string

// The e-mails that are sent.
const (
	MailInvitation MailKind = "invitation"
	MailCode       MailKind = "code"
)

// Mail is an e-mail that was sent.
type Mail struct {
	// ID counts the e-mails of a server, from 1.
	ID        int       `json:"id"`
	At        time.Time `json:"at"`
	Kind      MailKind  `json:"kind"`
	To        string    `json:"to"`
	Workspace int       `json:"workspace,omitempty"`
	Role      Role      `json:"role,omitempty"`
	// Link opens the page that accepts the invitation.
	Link string `json:"link,omitempty"`
	// Code is a one-time code for log-in.
	Code string `json:"code,omitempty"`
}

// Subject is the line that a mailbox lists.
func (m Mail) Subject() string {
	if m.Kind == MailCode {
		return "Your Clay verification code"
	}
	return "You have been invited to Clay"
}

// Text is the plain text.
func (m Mail) Text() string {
	if m.Kind == MailCode {
		return fmt.Sprintf("Hi,\n\nYour verification code is %s\n\nIt expires in %d minutes and works once. If you did not try to log in to Clay, "+
			"you can ignore this e-mail.\n\nThe Clay team\n1200 Example Street, Springfield 94107\n", m.Code, int(codeLife.Minutes()))
	}
	return fmt.Sprintf("Hi,\n\nYou have been invited to join a workspace on Clay as %s.\n\nAccept the invitation: %s\n\nThe Clay team\n"+
		"1200 Example Street, Springfield 94107\n", m.Role, m.Link)
}

// mailHTML has colours and a postal code that look like one-time codes to a careless reader.
var mailHTML = template.Must(template.New("mail").Parse(`<html><body style="background:#101828;color:#344054">
<table width="600"><tr><td style="background:#ffffff;padding:24px">
<p>Hi,</p>
{{if .Code}}<p>Your verification code is</p><p style="font-size:32px;letter-spacing:4px">{{.Code}}</p>
<p>It works once, and only for a few minutes.</p>
{{else}}<p>You have been invited to join a workspace on Clay as {{.Role}}.</p><p><a href="{{.Link}}">Accept the invitation</a></p>{{end}}
<p style="color:#667085">The Clay team, 1200 Example Street, Springfield 94107</p>
</td></tr></table></body></html>
`))

// Message is the e-mail as it lies in a mailbox: RFC 5322, with a text and an HTML part.
func (m Mail) Message() []byte {
	var message bytes.Buffer
	fmt.Fprintf(&message, "From: %s\r\nTo: %s\r\nSubject: %s\r\nDate: %s\r\nMessage-ID: <%d.%d@%s>\r\nMIME-Version: 1.0\r\n"+
		"Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n",
		MailSender, m.To, m.Subject(), m.At.Format(time.RFC1123Z), m.ID, m.At.Unix(), mailHost, mailBoundary)
	parts := multipart.NewWriter(&message)
	var page bytes.Buffer
	failed := []error{parts.SetBoundary(mailBoundary), mailHTML.Execute(&page, m)}
	failed = append(failed, writePart(parts, "text/plain", m.Text()), writePart(parts, "text/html", page.String()), parts.Close())
	for _, err := range failed {
		if err != nil {
			panic(err) // Nothing that is written to memory fails.
		}
	}
	return message.Bytes()
}

func writePart(parts *multipart.Writer, kind, content string) error {
	part, err := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type": {kind + "; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return err
	}
	encoder := quotedprintable.NewWriter(part)
	if _, err := encoder.Write([]byte(content)); err != nil {
		return err
	}
	return encoder.Close()
}

// mailLocked sends an e-mail.
func (w *world) mailLocked(mail Mail) {
	mail.ID = len(w.outbox) + 1
	w.outbox = append(w.outbox, mail)
	w.notifyLocked()
}

// deliver hands over every e-mail once, in order, until ctx ends.
func (w *world) deliver(ctx context.Context, hand func(Mail)) {
	for delivered := 0; ; {
		w.mu.Lock()
		waiting, changed := w.outbox[delivered:], w.changed
		w.mu.Unlock()
		for _, mail := range waiting {
			hand(mail)
		}
		delivered += len(waiting)
		if len(waiting) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
