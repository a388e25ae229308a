package controllers

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// The keys of the Secret that spec.login.secretRef names.
const (
	secretKeyEmail    = "email"
	secretKeyPassword = "password"
)

// readLogin reads the account from the Secret, past the cache: credentials are held no longer than a pass takes. The
// second result changes with the Secret.
func readLogin(ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace) (sidecar.Login, string, error) {
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: workspace.Namespace, Name: workspace.Spec.Login.SecretRef.Name}
	if err := reader.Get(ctx, key, secret); err != nil {
		if apierrors.IsNotFound(err) {
			return sidecar.Login{}, "", stalled(clayv1alpha1.ReasonSecretNotFound, "The Secret %q is not there. "+
				"Create it in the namespace %q with the keys %q and %q.", key.Name, key.Namespace, secretKeyEmail, secretKeyPassword)
		}
		return sidecar.Login{}, "", fmt.Errorf("read the Secret %q: %w", key.Name, err)
	}
	for _, name := range []string{secretKeyEmail, secretKeyPassword} {
		if len(secret.Data[name]) == 0 {
			return sidecar.Login{}, "", stalled(clayv1alpha1.ReasonSecretInvalid,
				"The Secret %q has nothing under the key %q. Add it.", key.Name, name)
		}
	}
	email, err := seat.ParseEmail(string(secret.Data[secretKeyEmail]))
	if err != nil {
		// The text of the error quotes what the key holds, and may be a password in the wrong place.
		return sidecar.Login{}, "", stalled(clayv1alpha1.ReasonSecretInvalid,
			"The Secret %q holds no e-mail address under the key %q. Put the address of the account there.", key.Name, secretKeyEmail)
	}
	login := sidecar.Login{Email: email, Password: sidecar.Password(secret.Data[secretKeyPassword])}
	return login, string(secret.UID) + "/" + secret.ResourceVersion, nil
}

// checkAppURL returns the origin of Clay's web app. A password must not cross a network unencrypted, so http is for this
// machine alone unless the operator was told otherwise.
func checkAppURL(workspace *clayv1alpha1.ClayWorkspace, allowInsecure bool) (string, error) {
	origin := strings.TrimSuffix(workspace.GetAppURL(), "/")
	parsed, err := url.Parse(origin)
	switch {
	case err != nil || parsed.Hostname() == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		return "", stalled(clayv1alpha1.ReasonInvalidSpec, "spec.appURL is no origin such as %s. Correct it.", clayv1alpha1.DefaultAppURL)
	case parsed.Scheme == "http" && !allowInsecure && !isThisMachine(parsed.Hostname()):
		return "", stalled(clayv1alpha1.ReasonInvalidSpec, "spec.appURL uses http, which would send the password unencrypted. "+
			"Use https, or start the operator with --allow-insecure-app-url.")
	}
	return origin, nil
}

func isThisMachine(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// protectedEmails returns the addresses that are never removed or demoted.
func protectedEmails(workspace *clayv1alpha1.ClayWorkspace) (map[seat.Email]bool, error) {
	protected := make(map[seat.Email]bool, len(workspace.Spec.ProtectedEmails))
	for place, text := range workspace.Spec.ProtectedEmails {
		email, err := seat.ParseEmail(text)
		if err != nil {
			return nil, stalled(clayv1alpha1.ReasonInvalidSpec,
				"spec.protectedEmails[%d]: %v. Correct it; nothing is done until every protected address can be read.", place, err)
		}
		protected[email] = true
	}
	return protected, nil
}
