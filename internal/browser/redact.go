package browser

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

const (
	// MaxText is how much of a redacted text is kept, in bytes: the outline of a page with some hundred rows.
	MaxText = 64 << 10
	// Redacted stands where something was taken out. It has no letters and digits, so that it cannot look like what it
	// replaces.
	Redacted = "▇▇▇"
	// minTokenLength is from which length on a run of letters and digits counts as a token; names and words with a digit
	// in them are shorter.
	minTokenLength = 24
	// emailHashLength is how many characters of the hash are shown: enough to tell some thousand people apart.
	emailHashLength = 8
)

var (
	// emailPattern takes addresses that hang together without a space for one, since nobody can tell where to part them.
	emailPattern = regexp.MustCompile(`[\p{L}\p{N}._%+'-]+(?:(?:@|%40)[\p{L}\p{N}._%+'-]+)*(?:@|%40)[\p{L}\p{N}.-]+\.\p{L}{2,}`)
	jwtPattern   = regexp.MustCompile(`eyJ[\w-]{8,}(?:\.[\w-]*){1,4}`)
	tokenPattern = regexp.MustCompile(`[A-Za-z0-9_+=-]{24,}`)
	// queryPattern and relativeQueryPattern are addresses with what follows ? or #.
	queryPattern         = regexp.MustCompile(`(//[^\s"'<>?#]+)[?#][^\s"'<>]*`)
	relativeQueryPattern = regexp.MustCompile(`(?m)^(\s*- /url: [^\n?#]*)[?#].*$`)
	// secretFieldPattern is the value of an input, in an aria snapshot, whose name says that it is a secret.
	secretFieldPattern = regexp.MustCompile(
		`(?im)^(\s*- '?textbox "[^"\n]*(?:passw|passcode|pin\b|one-time|verification|code|secret|token|api key)[^"\n]*"[^:\n]*: *)(\S.*)$`)
)

// Redactor takes out of a text what must not be kept: known secrets, what looks like a token, the queries of addresses, and the
// e-mail addresses of people. It is pure and safe for use by several goroutines.
type Redactor struct {
	secrets  []string
	replacer *strings.Replacer
	allowed  map[string]struct{}
	covered  []string
}

// NewRedactor makes a Redactor. Secrets are replaced wherever they appear, in the common escaped forms too. E-mail addresses are
// replaced by a short hash, the same for the same address, but for those that are allowed.
func NewRedactor(secrets, allowedEmails []string) *Redactor {
	r := &Redactor{allowed: map[string]struct{}{}}
	var forms []string
	for _, secret := range secrets {
		if strings.TrimSpace(secret) != "" {
			r.secrets = append(r.secrets, secret)
			forms = append(forms, writtenForms(secret)...)
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, Redacted)
	}
	r.replacer = strings.NewReplacer(pairs...)
	for _, email := range allowedEmails {
		r.allowed[strings.ToLower(email)] = struct{}{}
	}
	return r
}

// plainJSON undoes what only Go escapes in JSON, and JavaScript does not.
var plainJSON = strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">", `\u2028`, "\u2028", `\u2029`, "\u2029")

// with returns a Redactor that knows more secrets.
func (r *Redactor) with(secrets []string) *Redactor {
	more := NewRedactor(append(secrets, r.secrets...), nil)
	more.allowed, more.covered = r.allowed, r.covered
	return more
}

// Covering returns a Redactor that besides covers in a picture whatever the selectors find, in Playwright's language. What it does to text
// stays as it is.
func (r *Redactor) Covering(selectors ...string) *Redactor {
	more := *r
	more.covered = append(slices.Clone(r.covered), selectors...)
	return &more
}

// writtenForms returns how a secret may be written in the text of a page, an address or a snapshot.
func writtenForms(secret string) []string {
	forms := []string{
		secret,
		strings.TrimSpace(secret),
		strings.Join(strings.Fields(secret), " "),
		url.QueryEscape(secret),
		url.PathEscape(secret),
		html.EscapeString(secret),
		strings.ReplaceAll(secret, "'", "''"), // a quoted YAML key
	}
	if quoted, err := json.Marshal(secret); err == nil {
		inner := string(quoted[1 : len(quoted)-1])
		forms = append(forms, inner, plainJSON.Replace(inner))
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// Text returns the redacted text, at most MaxText bytes of it.
func (r *Redactor) Text(text string) string {
	text = strings.ToValidUTF8(text, "�")
	text = r.replacer.Replace(text)
	text = queryPattern.ReplaceAllString(text, "$1")
	text = relativeQueryPattern.ReplaceAllString(text, "$1")
	text = secretFieldPattern.ReplaceAllString(text, "${1}"+Redacted)
	text = emailPattern.ReplaceAllStringFunc(text, r.email)
	text = jwtPattern.ReplaceAllString(text, Redacted)
	text = tokenPattern.ReplaceAllStringFunc(text, func(run string) string {
		if isToken(run) {
			return Redacted
		}
		return run
	})
	// What was taken out may have brought the two halves of a secret together.
	text = r.replacer.Replace(text)
	if len(text) > MaxText {
		text = strings.ToValidUTF8(text[:MaxText-len(Redacted)], "") + Redacted
	}
	return text
}

// URL returns the redacted address, without user, query and fragment.
func (r *Redactor) URL(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Opaque != "" {
		scheme, _, _ := strings.Cut(address, ":")
		return r.Text(scheme + ":")
	}
	return r.Text(withoutQuery(parsed))
}

// email replaces an address by its hash.
func (r *Redactor) email(address string) string {
	plain := strings.ToLower(strings.ReplaceAll(address, "%40", "@"))
	if _, ok := r.allowed[plain]; ok {
		return address
	}
	sum := sha256.Sum256([]byte(plain))
	return "e-mail:" + hex.EncodeToString(sum[:])[:emailHashLength]
}

// find returns the parts of the text that have to be covered in a picture of it: secrets, tokens, and values of secret
// fields. E-mail addresses are not among them.
func (r *Redactor) find(text string) []string {
	var found []string
	for _, secret := range r.secrets {
		if slices.ContainsFunc(writtenForms(secret), func(form string) bool { return strings.Contains(text, form) }) {
			found = append(found, secret)
		}
	}
	for _, field := range secretFieldPattern.FindAllStringSubmatch(text, -1) {
		found = append(found, field[2])
	}
	found = append(found, jwtPattern.FindAllString(text, -1)...)
	for _, run := range tokenPattern.FindAllString(text, -1) {
		if isToken(run) {
			found = append(found, run)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// isToken tells a token from a long word: it has letters and digits, or it is a long hexadecimal number.
func isToken(run string) bool {
	return len(run) >= minTokenLength && strings.ContainsFunc(run, unicode.IsDigit) && strings.ContainsFunc(run, unicode.IsLetter)
}
