package mailbox

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
)

const (
	// startTag marks the one command that is sent in plain text, and its answer.
	startTag = "S1"
	// maxLine bounds what a server may say in a line before TLS, in bytes. A list of all that a server can do has some hundred.
	maxLine = 8192
)

// askForTLS makes a server that begins in plain text ready for TLS (RFC 3501, 6.2.1). The library can do that too, but waits for ever where the
// server breaks off in the middle of its answer. What was said before TLS is thrown away: anybody on the way may
// have said it.
func askForTLS(conn net.Conn) error {
	lines := bufio.NewReaderSize(conn, maxLine)
	answer, err := lines.ReadSlice('\n') // the greeting
	if err != nil {
		return err
	}
	if _, err := io.WriteString(conn, startTag+" STARTTLS\r\n"); err != nil {
		return err
	}
	for bytes.HasPrefix(answer, []byte("* ")) {
		if answer, err = lines.ReadSlice('\n'); err != nil {
			return err
		}
	}
	if !bytes.HasPrefix(answer, []byte(startTag+" OK")) {
		return fmt.Errorf("%w: the server offers no TLS (STARTTLS), and the password was not sent; name a port that does, mostly %s",
			ErrUnreachable, implicitPort)
	}
	return nil
}

// greeted is a connection that begins with something else than what the other side sends.
type greeted struct {
	net.Conn

	reader io.Reader
}

// Read implements net.Conn.
func (g *greeted) Read(data []byte) (int, error) { return g.reader.Read(data) }
