package e2e

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	eventsv1 "k8s.io/api/events/v1"
)

// plantedPassword is a password that is found wherever it leaks, whatever is done to it on the way.
func plantedPassword(id int) string { return fmt.Sprintf("Planted+%d/pass&word=", id) }

// plantedOTP is a seed for one-time codes of the same kind.
func plantedOTP(id int) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(fmt.Appendf(nil, "planted seed %d", id))
}

// plantedMailbox is the password of the account's mailbox.
func plantedMailbox(id int) string { return fmt.Sprintf("Mailbox+%d/pass&word=", id) }

// plantedToken is the part of a webhook's address that lets whoever knows it write there.
func plantedToken(id int) string { return fmt.Sprintf("planted-webhook-token-%d", id) }

// plantedKey is a key that signs notices.
func plantedKey(id int) string {
	key := sha256.Sum256(fmt.Appendf(nil, "planted key %d", id))
	return base64.StdEncoding.EncodeToString(key[:])
}

// disguises are the forms in which a secret may stand in a text.
func disguises(secret string) []string {
	inJSON, err := json.Marshal(secret)
	if err != nil {
		panic(err) // every string has a form in JSON
	}
	forms := []string{
		secret, strings.Trim(string(inJSON), `"`), url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	// In the middle of a longer text base64 looks different at each of three places; what surely belongs to the secret is
	// left of each.
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			text := encoding.EncodeToString([]byte(strings.Repeat("x", before) + secret))
			text = strings.TrimRight(text, "=")
			forms = append(forms, text[[]int{0, 2, 3}[before]:len(text)-1])
		}
	}
	return forms
}

// leaks returns which secrets, by their place in the list, a text holds.
func leaks(text string, secrets []string) []int {
	var found []int
	for i, secret := range secrets {
		for _, form := range disguises(secret) {
			if strings.Contains(text, form) {
				found = append(found, i)
				break
			}
		}
	}
	return found
}

func TestTheSearchForSecretsFindsThem(t *testing.T) {
	secret := plantedPassword(1)
	cases := map[string]string{
		"as it is":                   "log in with " + secret,
		"in JSON":                    `{"password":"Planted+1/pass\u0026word="}`,
		"in a form":                  "password=Planted%2B1%2Fpass%26word%3D&x=1",
		"in hex":                     fmt.Sprintf("%x", "<"+secret+">"),
		"in base64":                  base64.StdEncoding.EncodeToString([]byte(secret)),
		"in base64 after one byte":   base64.StdEncoding.EncodeToString([]byte("1" + secret + "2")),
		"in base64 after two bytes":  base64.URLEncoding.EncodeToString([]byte("12" + secret + "34")),
		"in base64 of a credential ": base64.StdEncoding.EncodeToString([]byte("operator:" + secret)),
	}
	for name, text := range cases {
		t.Run(name, func(t *testing.T) {
			if found := leaks(text, []string{"another", secret}); len(found) != 1 || found[0] != 1 {
				t.Errorf("found %v in %q, want the second", found, text)
			}
			if searchFor([]string{"another", secret}).Replace(text) == text {
				t.Errorf("the search for all found nothing in %q", text)
			}
		})
	}
	for text, want := range map[string]bool{
		"code=271829": true, `{"code":"271829"}`: true, "271829": true, "1271829": false, "09:00:00.271829Z": false, "a271829": false, "314159": false,
	} {
		if found := searchForCodes([]string{"271829"}).MatchString(text); found != want {
			t.Errorf("a code in %q: %v, want %v", text, found, want)
		}
	}
	if found := leaks("Planted+2/pass&word=", []string{secret}); len(found) > 0 {
		t.Errorf("found what is not there")
	}
}

// checkNoSecret looks for the secrets in everything that the operators wrote. Where all rows were played, there has to be some of everything.
func (c *chaos) checkNoSecret(t *testing.T, all bool) {
	t.Helper()
	slices.Sort(c.secrets)
	c.secrets = slices.Compact(c.secrets)
	places := map[string]string{}
	for i, log := range c.logs {
		places[fmt.Sprintf("log %d", i+1)] = log.String()
	}
	for i, text := range c.texts {
		places[fmt.Sprintf("status %d", i+1)] = string(text)
	}
	var events eventsv1.EventList
	if err := plane.Client.List(t.Context(), &events); err != nil {
		t.Fatalf("list the events: %v", err)
	}
	for i := range events.Items {
		places["event "+events.Items[i].Name] = fmt.Sprintf("%s %+v", events.Items[i].Note, events.Items[i])
	}
	pictures := 0
	err := filepath.WalkDir(c.evidence, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		places[path] = string(content)
		if filepath.Base(filepath.Dir(path)) == "evidence" {
			pictures++
		}
		return err
	})
	if err != nil {
		t.Fatalf("read the evidence: %v", err)
	}
	t.Logf("%d secrets and %d one-time codes looked for in %d logs, %d statuses and notices, %d events and %d more places, of which %d are evidence",
		len(c.secrets), len(c.codes), len(c.logs), len(c.texts), len(events.Items), len(places)-len(c.logs)-len(c.texts)-len(events.Items), pictures)
	if len(c.secrets) == 0 || len(c.texts) == 0 || len(events.Items) == 0 || all && (pictures == 0 || len(c.codes) == 0) {
		t.Error("there was nothing to look for, or nowhere to look")
	}
	// A replacer looks for all of them in one go; which it found is asked only where it found one.
	search, code := searchFor(c.secrets), searchForCodes(c.codes)
	for place, text := range places {
		if found := code.FindString(text); found != "" {
			t.Errorf("%s holds the one-time code %q", place, found)
		}
		if search.Replace(text) == text {
			continue
		}
		for _, secret := range leaks(text, c.secrets) {
			t.Errorf("%s holds the secret %q", place, c.secrets[secret])
		}
	}
}

// noCode matches nothing, where there are no codes.
const noCode = `[^\x00-\x{10FFFF}]`

// searchForCodes finds one-time codes that stand by themselves. In a longer number, a word or the fraction of a second the same digits are
// a coincidence.
func searchForCodes(codes []string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^0-9A-Za-z.])(?:` + strings.Join(append(codes, noCode), "|") + `)(?:$|[^0-9A-Za-z])`)
}

// searchFor makes a replacer that changes every text that holds one of the secrets.
func searchFor(secrets []string) *strings.Replacer {
	var pairs []string
	for _, secret := range secrets {
		for _, form := range disguises(secret) {
			pairs = append(pairs, form, "")
		}
	}
	return strings.NewReplacer(pairs...)
}
