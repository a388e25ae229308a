package mailbox

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
)

var request = Request{Recipient: "ops@example.com"}

// open opens a watch that lasts as long as the test.
func open(t *testing.T, account Account) *Watch {
	t.Helper()
	watch, err := Open(t.Context(), account, request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(watch.Close)
	return watch
}

// codeWithin waits for a code for so long.
func (w *Watch) codeWithin(t *testing.T, limit time.Duration) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return w.Code(ctx)
}

func requireCode(t *testing.T, watch *Watch, want string) {
	t.Helper()
	if got, err := watch.codeWithin(t, time.Minute); err != nil || got != want {
		t.Errorf("code %q, %v; want %q", got, err, want)
	}
}

// replacing changes one text into another, as long, in what a server sends or gets.
func replacing(before, after string) func([]byte) []byte {
	return func(data []byte) []byte { return bytes.ReplaceAll(data, []byte(before), []byte(after)) }
}

func TestCodeIsFoundWhenItArrives(t *testing.T) {
	const delay = 7 * time.Second
	for _, test := range []struct {
		name  string
		how   serving
		least time.Duration
		most  time.Duration
		idles bool
	}{
		{"told by the server", serving{}, delay, delay, true},
		{"asked for", serving{rewrite: replacing(" IDLE", " XDLE")}, delay, delay + pollInterval, false},
		{"told by a server that begins in plain text", serving{late: true}, delay, delay, true},
		{"never told", serving{rewrite: replacing("EXISTS", "RECENT")}, delay, idleLimit, true},
		{"promised to be told", serving{mishear: replacing(" IDLE", " XDLE")}, delay, delay + pollInterval, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, test.how)
				server.deliver(t, "INBOX", time.Now(), codeMessage("111111"))
				account := server.account()
				if test.how.late {
					account.Address = host + ":143"
				}
				watch := open(t, account)
				begin := time.Now()
				time.AfterFunc(delay, func() { server.deliver(t, "INBOX", time.Now(), codeMessage("482913")) })
				requireCode(t, watch, "482913")
				if took := time.Since(begin); took < test.least || took > test.most {
					t.Errorf("took %v, want %v to %v", took, test.least, test.most)
				}
				if idles := slices.Contains(server.transcript.commands(), "IDLE"); idles != test.idles {
					t.Errorf("IDLE was used: %v, want %v", idles, test.idles)
				}
			})
		})
	}
}

func TestCodeThatArrivedBeforeItIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		begin := time.Now()
		requireCode(t, watch, "482913")
		if took := time.Since(begin); took != 0 {
			t.Errorf("waited %v for what was there", took)
		}
	})
}

// TestEveryCallWaitsForALaterMessage is a code that was refused, and another one that was asked for.
func TestEveryCallWaitsForALaterMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
		if code, err := watch.codeWithin(t, time.Minute); !errors.Is(err, ErrNoMessage) {
			t.Errorf("code %q, %v; want ErrNoMessage", code, err)
		}
		server.deliver(t, "INBOX", time.Now(), codeMessage("577215"))
		requireCode(t, watch, "577215")
		if dials := server.dials(); len(dials) != 1 {
			t.Errorf("connected %d times, want 1", len(dials))
		}
	})
}

// TestTheMailboxIsLeftAlone looks at every command that the server got.
func TestTheMailboxIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		const private = "the merger is off"
		server.deliver(t, "INBOX", time.Now(), compose(private, "From: boss@example.com", "To: ops@example.com", "Subject: "+private))
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), compose(private, "From: boss@example.com", "To: ops@example.com", "Subject: "+private))
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
		watch.Close()
		fields := `BODY.PEEK[HEADER.FIELDS ("From" "To" "Cc" "Delivered-To" "Date" "Authentication-Results")]`
		allowed := []string{
			"CAPABILITY", `LOGIN "` + username + `" "` + password + `"`, `EXAMINE INBOX`, "UID SEARCH UID 2:*", "IDLE", "LOGOUT",
			"UID FETCH 2:3 (UID INTERNALDATE RFC822.SIZE " + fields + ")", "UID FETCH 2:3 (UID RFC822.SIZE INTERNALDATE " + fields + ")",
			"UID FETCH 3 (UID BODY.PEEK[])",
		}
		for _, command := range server.transcript.commands() {
			if !slices.Contains(allowed, command) {
				t.Errorf("the client asked for %s", command)
			}
		}
		if strings.Contains(server.transcript.String(), private) {
			t.Error("a message that is none of ours was read")
		}
		status, err := server.user.Status("INBOX", &imap.StatusOptions{NumMessages: true, NumUnseen: true, NumDeleted: true})
		if err != nil || *status.NumMessages != 3 || *status.NumUnseen != 3 || *status.NumDeleted != 0 {
			t.Errorf("the folder is %+v, %v; want three new messages", status, err)
		}
	})
}

func TestTheFolderIsTheOneThatIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		account := server.account()
		account.Folder = "Codes"
		watch := open(t, account)
		server.deliver(t, "INBOX", time.Now(), codeMessage("111111"))
		server.deliver(t, "Codes", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
	})
}

func TestOtherMessagesAreNotTaken(t *testing.T) {
	for name, test := range map[string]struct {
		messages []string
		at       time.Duration
		want     error
		why      string
	}{
		"nothing":         {nil, 0, ErrNoMessage, "no message arrived at all"},
		"another sender":  {[]string{strings.Replace(codeMessage("482913"), "mail.clay.com", "notclay.com", 1)}, 0, ErrNoMessage, "1 from other senders"},
		"another address": {[]string{strings.Replace(codeMessage("482913"), "ops@", "sales@", 1)}, 0, ErrNoMessage, "1 for another address"},
		"forged": {
			[]string{strings.Replace(codeMessage("482913"), "dkim=pass header.d=clay.com; spf=pass", "dkim=none; spf=fail", 1)}, 0,
			ErrNoMessage, "1 whose sender the mail server calls forged",
		},
		"moved here":      {[]string{codeMessage("482913")}, -time.Hour, ErrNoMessage, "1 sent long before"},
		"too large":       {[]string{codeMessage("482913") + strings.Repeat("x", maxMessage)}, 0, ErrNoMessage, "1 too large"},
		"no code":         {[]string{codeMessage("soon")}, 0, ErrNoMessage, "1 from Clay without a code"},
		"two codes":       {[]string{codeMessage("482913"), codeMessage("577215")}, 0, ErrAmbiguous, "by hand"},
		"two in a letter": {[]string{codeMessage("482913\r\n\r\n577215")}, 0, ErrAmbiguous, "by hand"},
		"several": {
			[]string{codeMessage("soon"), compose("hello"), strings.Replace(codeMessage("482913"), "ops@", "sales@", 1), compose("hello")}, 0,
			ErrNoMessage, "what arrived is 2 from other senders, 1 for another address, 1 from Clay without a code",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := serve(t, serving{})
				watch := open(t, server.account())
				for _, message := range test.messages {
					server.deliver(t, "INBOX", time.Now().Add(test.at), message)
				}
				code, err := watch.codeWithin(t, time.Minute)
				if code != "" || !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.why) {
					t.Errorf("code %q, %v; want %v with %q", code, err, test.want, test.why)
				}
				requireNothingTold(t, err, "482913", "577215", "soon", "hello")
			})
		})
	}
}

func TestTheSameCodeTwiceIsOneCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
	})
}

func TestALostConnectionIsMadeAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		watch := open(t, server.account())
		server.breakOff(false)
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
		begin := time.Now()
		time.AfterFunc(time.Second, func() { server.breakOff(false) })
		time.AfterFunc(2*time.Second, func() { server.deliver(t, "INBOX", time.Now(), codeMessage("577215")) })
		requireCode(t, watch, "577215")
		if took := time.Since(begin); took != 2*time.Second {
			t.Errorf("took %v, want two seconds", took)
		}
		if dials := server.dials(); len(dials) != 3 {
			t.Errorf("connected %d times, want 3", len(dials))
		}
	})
}

// TestAConnectionThatIsLostInAMessage ends one when half of the message has come. All that is new is looked at once more.
func TestAConnectionThatIsLostInAMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server *server
		once := false
		server = serve(t, serving{rewrite: func(data []byte) []byte {
			if once || !bytes.Contains(data, []byte("BODY[] {")) {
				return data
			}
			once = true
			time.AfterFunc(time.Second, func() { server.breakOff(false) })
			return data[:len(data)/2]
		}})
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
		if dials := server.dials(); len(dials) != 2 {
			t.Errorf("connected %d times, want 2", len(dials))
		}
	})
}

// forgetful is a session whose messages are gone once their envelopes were read.
type forgetful struct{ imapserver.Session }

func (f forgetful) Fetch(w *imapserver.FetchWriter, set imap.NumSet, options *imap.FetchOptions) error {
	if !options.RFC822Size {
		return nil
	}
	return f.Session.Fetch(w, set, options)
}

func TestAMessageThatIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{session: func(session imapserver.Session) imapserver.Session { return forgetful{session} }})
		watch := open(t, server.account())
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		if code, err := watch.codeWithin(t, time.Minute); !errors.Is(err, ErrNoMessage) {
			t.Errorf("code %q, %v; want ErrNoMessage", code, err)
		}
	})
}

func TestAConnectionThatCannotBeMadeAnew(t *testing.T) {
	t.Run("no server", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := serve(t, serving{})
			watch := open(t, server.account())
			server.breakOff(true)
			if _, err := watch.codeWithin(t, time.Minute); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "connection refused") {
				t.Errorf("error %v, want ErrUnreachable", err)
			}
		})
	})
	t.Run("ends them all", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := serve(t, serving{rewrite: replacing("* SEARCH", "* STRANGE")})
			watch := open(t, server.account())
			if _, err := watch.codeWithin(t, time.Minute); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "one connection after the other") {
				t.Errorf("error %v, want ErrUnreachable", err)
			}
			if dials := server.dials(); len(dials) != 1+maxReconnects {
				t.Errorf("connected %d times, want %d", len(dials), 1+maxReconnects)
			}
		})
	})
	t.Run("another folder of the same name", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			server := serve(t, serving{})
			watch := open(t, server.account())
			if err := errors.Join(server.user.Delete("INBOX"), server.user.Create("INBOX", nil)); err != nil {
				t.Fatal(err)
			}
			server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
			server.breakOff(false)
			for range 2 { // and it stays so
				if code, err := watch.codeWithin(t, time.Minute); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "anew") {
					t.Errorf("code %q, %v; want ErrUnreachable", code, err)
				}
			}
		})
	})
}

// stopping is a session whose search takes for ever.
type stopping struct {
	imapserver.Session

	closed chan struct{}
}

func (s stopping) Search(imapserver.NumKind, *imap.SearchCriteria, *imap.SearchOptions) (*imap.SearchData, error) {
	<-s.closed
	return &imap.SearchData{}, nil
}

func TestAServerThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closed := make(chan struct{})
		server := serve(t, serving{session: func(session imapserver.Session) imapserver.Session { return stopping{session, closed} }})
		t.Cleanup(func() { close(closed) })
		watch := open(t, server.account())
		begin := time.Now()
		_, err := watch.codeWithin(t, 3*exchangeLimit/2)
		if !errors.Is(err, ErrUnreachable) {
			t.Errorf("error %v, want ErrUnreachable", err)
		}
		if took := time.Since(begin); took != 3*exchangeLimit/2 {
			t.Errorf("took %v, want the time that there was", took)
		}
		if dials := server.dials(); len(dials) != 2 {
			t.Errorf("connected %d times, want a second try", len(dials))
		}
	})
}

func TestACancelledWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := serve(t, serving{})
		watch := open(t, server.account())
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(enough) })
		if _, err := watch.Code(ctx); !errors.Is(err, enough) {
			t.Errorf("error %v, want the reason of the context", err)
		}
		if watch, err := Open(ctx, server.account(), request); !errors.Is(err, enough) {
			watch.Close()
			t.Errorf("error %v, want the reason of the context", err)
		}
		server.deliver(t, "INBOX", time.Now(), codeMessage("482913"))
		requireCode(t, watch, "482913")
	})
}

func TestCloseIsPossibleTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watch := open(t, serve(t, serving{}).account())
		watch.Close()
		watch.Close()
	})
}
