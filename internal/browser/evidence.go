package browser

import (
	"context"
	"errors"
	"time"

	"github.com/playwright-community/playwright-go"
)

const (
	// evidenceBound is how long all of it may take: it runs after a failure, when somebody waits for the answer.
	evidenceBound = 10 * time.Second
	// evidenceStepBound is how long each part may take.
	evidenceStepBound = 3 * time.Second
	// maxScreenshot is the largest picture that is kept, in bytes: ten times that of a usual page.
	maxScreenshot = 2 << 20
	// maxCovers is how many different texts are covered in a picture. A page with more is not for keeping.
	maxCovers = 20
)

// Evidence is a redacted picture of a page, for a person who has to find out what went wrong.
type Evidence struct {
	// Screenshot is a PNG of the visible part, with secrets covered; nil where it could not be taken or redacted.
	Screenshot []byte
	// AriaSnapshot is the page as a screen reader sees it, redacted; empty where it could not be taken.
	AriaSnapshot string
	// URL is the address, redacted, without query and fragment.
	URL string
	// Title is the page's title, redacted.
	Title string
	// TakenAt is when it was taken.
	TakenAt time.Time
}

const (
	// secretInputs are covered in every picture, and what is in them counts as a secret.
	secretInputs = `input[type="password"], input[autocomplete="one-time-code"], input[maxlength="1"], ` +
		`input[name*="otp" i], input[name*="code" i], input[name*="token" i], input[name*="secret" i]`
	// frames are covered too: what they show belongs to others, and the snapshot does not see into them.
	frames = `iframe, frame`
	// allInputs are covered besides, where any secret was found: it may be the value of one of them.
	allInputs = `input, textarea, [contenteditable]`
	// minInputSecret is from which length on, in bytes, the value of a secret input is taken out of the text; shorter ones
	// are single digits of a code, which would be taken out of every number.
	minInputSecret = 4
)

var (
	errNoPage      = errors.New("there is no page to take evidence of")
	errTooManyHits = errors.New("the page shows too many secrets for a picture")
	errTooBig      = errors.New("the picture is too large")
)

// Evidence takes a picture of the page, redacted by the Redactor. It takes some seconds at most, and returns what it
// got together with the first error: a caller that reports another failure can ignore it.
func (s *Session) Evidence(ctx context.Context, redactor *Redactor) (Evidence, error) {
	evidence := Evidence{TakenAt: s.browser.now()}
	page := s.knownPage()
	if page == nil || s.pageLost.Load() {
		return evidence, errNoPage
	}
	ctx, cancel := context.WithTimeout(ctx, evidenceBound)
	defer cancel()
	// The goroutine works on its own copy, since it may outlive a call that does not come back.
	taken := make(chan Evidence, 1)
	err := s.do(ctx, "take evidence", func(ctx context.Context) error {
		got := evidence
		err := withoutText(got.take(ctx, page, redactor))
		taken <- got
		return err
	})
	select {
	case evidence = <-taken:
	default:
	}
	return evidence, err
}

// take fills in the parts, text first, and goes on after an error.
func (e *Evidence) take(ctx context.Context, page playwright.Page, redactor *Redactor) error {
	typed, err := typedSecrets(page)
	if err != nil {
		// Not knowing what is secret, nothing is kept.
		return err
	}
	redactor = redactor.with(typed)
	e.URL = redactor.URL(page.URL())
	title, titleErr := page.Title()
	e.Title = redactor.Text(title)
	snapshot, err := page.AriaSnapshot(playwright.PageAriaSnapshotOptions{Timeout: Timeout(ctx, evidenceStepBound)})
	if err != nil {
		// Without the text it is not known what has to be covered: no picture.
		return errors.Join(titleErr, err)
	}
	e.AriaSnapshot = redactor.Text(snapshot)
	picture, err := screenshot(ctx, page, redactor.find(title+"\n"+snapshot), redactor.covered)
	e.Screenshot = picture
	return errors.Join(titleErr, err)
}

// typedSecrets returns what is in the page's secret inputs: a snapshot prints it, even that of a password.
func typedSecrets(page playwright.Page) ([]string, error) {
	answer, err := page.Locator(secretInputs).EvaluateAll("inputs => inputs.map(input => input.value)")
	if err != nil {
		return nil, err
	}
	values, _ := answer.([]any)
	var typed []string
	for _, value := range values {
		if text, ok := value.(string); ok && len(text) >= minInputSecret {
			typed = append(typed, text)
		}
	}
	return typed, nil
}

// screenshot takes the visible part of the page, with the secrets and what the selectors find covered. Secrets are only given to a page that
// shows them already.
func screenshot(ctx context.Context, page playwright.Page, secrets, selectors []string) ([]byte, error) {
	if len(secrets) > maxCovers {
		return nil, errTooManyHits
	}
	cover := []playwright.Locator{page.Locator(secretInputs), page.Locator(frames)}
	if len(secrets) > 0 {
		cover = append(cover, page.Locator(allInputs))
	}
	for _, secret := range secrets {
		cover = append(cover, page.GetByText(secret))
	}
	for _, selector := range selectors {
		cover = append(cover, page.Locator(selector))
	}
	picture, err := page.Screenshot(playwright.PageScreenshotOptions{
		Animations: playwright.ScreenshotAnimationsDisabled,
		Mask:       cover,
		Scale:      playwright.ScreenshotScaleCss,
		Timeout:    Timeout(ctx, evidenceStepBound),
	})
	if err != nil {
		return nil, err
	}
	if len(picture) > maxScreenshot {
		return nil, errTooBig
	}
	return picture, nil
}

// withoutText keeps the kind of a Playwright error only: its text may name what was to be covered.
func withoutText(err error) error {
	if err == nil || KindOf(err) == KindOther {
		return err
	}
	return &Error{Op: "take evidence", Kind: KindOf(err)}
}
