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
	redactor := browser.NewRedactor(append(slices.Clone(v.typed),
		string(v.workspace.Login.Password), string(v.workspace.Login.IdentityProvider.Password),
		string(v.workspace.Login.IdentityProvider.OTPSecret), string(v.workspace.Login.Mailbox.Password),
	), nil)
	taken, err := v.session.Evidence(context.WithoutCancel(ctx), redactor)
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
