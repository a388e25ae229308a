package clayweb

import (
	"context"
	"net/url"
	"slices"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// evidence takes a redacted picture of the page, or returns nil where none can be taken. It is taken even when the time of the
// call is over: that is when it is needed most.
func (v *visit) evidence(ctx context.Context) *sidecar.Evidence {
	taken, err := v.session.Evidence(context.WithoutCancel(ctx), browser.NewRedactor(v.secrets(), nil))
	if err != nil {
		v.log.Warn("evidence is incomplete", "error", err)
	}
	if taken.AriaSnapshot == "" && len(taken.Screenshot) == 0 {
		return nil
	}
	evidence := &sidecar.Evidence{Screenshot: taken.Screenshot, Snapshot: taken.AriaSnapshot}
	if address, err := url.Parse(taken.URL); err == nil {
		evidence.Path = address.Path
	}
	return evidence
}

// secrets are what no evidence may hold.
func (v *visit) secrets() []string {
	login := v.workspace.Login
	return append(slices.Clone(v.typed),
		string(login.Password), string(login.IdentityProvider.Password), string(login.IdentityProvider.OTPSecret), string(login.Mailbox.Password))
}
