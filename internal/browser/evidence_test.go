package browser

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/playwright-community/playwright-go"
)

// secretPage shows a secret in every way that a page can. Every box with the class lies on a known place.
const secretPage = `<style>.box { position: absolute; left: 20px; width: 400px; height: 30px; background: #0f0; color: #000; border: 0 }</style>
<h1>Team</h1>
<input class="box" style="top:100px" type="password" aria-label="Mot de passe" value="only-in-password-field">
<div   class="box" style="top:150px">Your token is hunter2-planted today</div>
<input class="box" style="top:200px" aria-label="Note" value="hunter2-planted">
<div   class="box" style="top:250px">key sk_live_4eC39HqLyjWDarjtT1zdp7dc</div>
<input class="box" style="top:300px" autocomplete="one-time-code" aria-label="Six digits" value="493817">
<div   class="box" style="top:350px">ada@example.com</div>
<a href="/accept?token=hunter2-planted#x" style="position:absolute;top:400px">Accept</a>`

func TestEvidenceIsRedacted(t *testing.T) {
	address := site(t, map[string]http.HandlerFunc{"/": markup(secretPage)})
	s := acquire(t, shared, t.Name())
	open(t, s, address+"/?token=hunter2-planted#fragment")
	err := s.Do(t.Context(), "type", func(_ context.Context, page playwright.Page) error {
		return page.GetByLabel("Mot de passe").Fill("typed-by-hand")
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Evidence(t.Context(), NewRedactor([]string{"hunter2-planted", "493817"}, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "only-in-password-field", "typed-by-hand", "sk_live", "493817", "ada@example.com", "token="} {
		if strings.Contains(got.AriaSnapshot+got.URL+got.Title, secret) {
			t.Errorf("%q is in the evidence:\n%s\n%s\n%s", secret, got.URL, got.Title, got.AriaSnapshot)
		}
	}
	for _, kept := range []string{`heading "Team"`, "e-mail:", `link "Accept"`} {
		if !strings.Contains(got.AriaSnapshot, kept) {
			t.Errorf("%q is missing from the snapshot:\n%s", kept, got.AriaSnapshot)
		}
	}
	if got.URL != address+"/" || got.Title != "Test page" || got.TakenAt.IsZero() {
		t.Errorf("URL %q, title %q, at %v", got.URL, got.Title, got.TakenAt)
	}
	checkCovered(t, got.Screenshot)
}

// What a caller knows to be private is covered in the picture, and nothing else is because of it.
func TestEvidenceCoversWhatTheCallerNames(t *testing.T) {
	const page = `<style>.box { position: absolute; left: 20px; width: 400px; height: 30px; background: #0f0 }</style>
		<div class="box person" style="top:100px">Ada</div><div class="box" style="top:150px">Members</div>`
	address := site(t, map[string]http.HandlerFunc{"/": markup(page)})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	got, err := s.Evidence(t.Context(), NewRedactor(nil, nil).Covering(".person"))
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(got.Screenshot))
	if err != nil {
		t.Fatal(err)
	}
	if hasGreen(picture, 100) || !hasGreen(picture, 150) {
		t.Errorf("the person is covered: %v, the rest: %v", !hasGreen(picture, 100), !hasGreen(picture, 150))
	}
	if !strings.Contains(got.AriaSnapshot, "Ada") {
		t.Errorf("the text was changed:\n%s", got.AriaSnapshot)
	}
}

// checkCovered looks for the green of the boxes: what is covered has none, and the address stays visible.
func checkCovered(t *testing.T, screenshot []byte) {
	t.Helper()
	if path := os.Getenv("EVIDENCE_OUT"); path != "" {
		if err := os.WriteFile(path, screenshot, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := png.Decode(bytes.NewReader(screenshot))
	if err != nil {
		t.Fatal(err)
	}
	if want := image.Pt(viewportWidth, viewportHeight); picture.Bounds().Size() != want {
		t.Errorf("the picture is %v, want %v", picture.Bounds().Size(), want)
	}
	for top, covered := range map[int]bool{100: true, 150: true, 200: true, 250: true, 300: true, 350: false} {
		if got := !hasGreen(picture, top); got != covered {
			t.Errorf("the box at %d is covered: %v, want %v", top, got, covered)
		}
	}
}

func hasGreen(picture image.Image, top int) bool {
	green := color.RGBA{G: 255, A: 255}
	for y := top; y < top+30; y++ {
		for x := 20; x < 420; x++ {
			if color.RGBAModel.Convert(picture.At(x, y)) == green {
				return true
			}
		}
	}
	return false
}

func TestEvidenceOfAPageFullOfSecrets(t *testing.T) {
	var page strings.Builder
	for i := range maxCovers + 1 {
		page.WriteString("<p>key" + strings.Repeat(string(rune('a'+i)), 30) + "1</p>")
	}
	address := site(t, map[string]http.HandlerFunc{"/": markup(page.String())})
	s := acquire(t, shared, t.Name())
	open(t, s, address)
	got, err := s.Evidence(t.Context(), NewRedactor(nil, nil))
	if err == nil || got.Screenshot != nil {
		t.Errorf("a picture was kept; err = %v", err)
	}
	if !strings.Contains(got.AriaSnapshot, Redacted) {
		t.Error("the redacted snapshot was not kept")
	}
}

func TestEvidenceWithoutAPage(t *testing.T) {
	t.Parallel()
	b := startOwn(t, Options{})
	s := acquire(t, b, "x")
	crash(t, b, s)
	got, err := s.Evidence(t.Context(), NewRedactor(nil, nil))
	if err == nil || got.Screenshot != nil || got.AriaSnapshot != "" || got.TakenAt.IsZero() {
		t.Errorf("evidence of a crashed page: %+v, %v", got, err)
	}
}
