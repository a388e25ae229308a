package controllers

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/mailbox"
	"github.com/seatwright/clay-operator/internal/onetime"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// The keys of the Secret that spec.login.secretRef names.
const (
	secretKeyEmail                    = "email"
	secretKeyPassword                 = "password"
	secretKeyOTPSecret                = "otpSecret"
	secretKeyIdentityProviderUsername = "identityProviderUsername"
	secretKeyIdentityProviderPassword = "identityProviderPassword"
	secretKeyMailboxAddress           = "mailboxAddress"
	secretKeyMailboxUsername          = "mailboxUsername"
	secretKeyMailboxPassword          = "mailboxPassword"
)

// secretKeys are all of them.
var secretKeys = []string{
	secretKeyEmail, secretKeyPassword, secretKeyOTPSecret, secretKeyIdentityProviderUsername, secretKeyIdentityProviderPassword,
	secretKeyMailboxAddress, secretKeyMailboxUsername, secretKeyMailboxPassword,
}

// AccessTo returns what the browser must know of a workspace in order to sign in to it: where it is, and the account that the
// Secret holds. The reader has to read past any cache: credentials are held no longer than a pass takes. The error says
// which field or key is wrong and what to do, and quotes no value of the Secret.
func AccessTo(
	ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace, allowInsecureAppURL bool,
) (sidecar.Workspace, error) {
	access, _, err := accessTo(ctx, reader, workspace, allowInsecureAppURL)
	return access, err
}

// accessTo is AccessTo, and names the Secret as it was read.
func accessTo(
	ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace, allowInsecureAppURL bool,
) (access sidecar.Workspace, version string, err error) {
	origin, err := checkAppURL(workspace, allowInsecureAppURL)
	if err != nil {
		return sidecar.Workspace{}, "", err
	}
	login, version, err := readLogin(ctx, reader, workspace)
	if err != nil {
		return sidecar.Workspace{}, "", err
	}
	return sidecar.Workspace{ID: workspace.Spec.WorkspaceID, AppURL: origin, Login: login}, version, nil
}

// OriginOf returns the origin of Clay's web app that a workspace names, for commands that have no cluster.
func OriginOf(workspace *clayv1alpha1.ClayWorkspace) (string, error) {
	return checkAppURL(workspace, false)
}

// readLogin reads the account from the Secret. The version names the Secret with what is in it, and tells nothing of that.
func readLogin(
	ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace,
) (login sidecar.Login, version string, err error) {
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: workspace.Namespace, Name: workspace.Spec.Login.SecretRef.Name}
	if err := reader.Get(ctx, key, secret); err != nil {
		if apierrors.IsNotFound(err) {
			return sidecar.Login{}, "", stalled(clayv1alpha1.ReasonSecretNotFound, "The Secret %q is not there. "+
				"Create it in the namespace %q with the key %q, and those by which the account signs in, such as %q.",
				key.Name, key.Namespace, secretKeyEmail, secretKeyPassword)
		}
		return sidecar.Login{}, "", fmt.Errorf("read the Secret %q: %w", key.Name, err)
	}
	if login, err = parseLogin(secret.Data); err != nil {
		return sidecar.Login{}, "", stalled(clayv1alpha1.ReasonSecretInvalid, "The Secret %q %v.", key.Name, err)
	}
	return login, string(secret.UID) + "/" + secret.ResourceVersion, nil
}

// parseLogin reads an account. Its errors go on from the name of the Secret and quote no value: any of them may be a
// password in the wrong place.
func parseLogin(data map[string][]byte) (sidecar.Login, error) {
	values := make(map[string]string, len(secretKeys))
	for _, key := range secretKeys {
		if !utf8.Valid(data[key]) {
			return sidecar.Login{}, fmt.Errorf("holds no text under the key %q. Put it there in UTF-8", key)
		}
		// A file that was put there ends with a new line, which no field of a page takes.
		values[key] = strings.TrimRight(string(data[key]), "\r\n")
	}
	if values[secretKeyEmail] == "" {
		return sidecar.Login{}, fmt.Errorf("has nothing under the key %q. Put the address of the account there", secretKeyEmail)
	}
	email, err := seat.ParseEmail(values[secretKeyEmail])
	if err != nil {
		return sidecar.Login{}, fmt.Errorf("holds no e-mail address under the key %q. Put the address of the account there", secretKeyEmail)
	}
	otpSecret, err := parseOTPSecret(values[secretKeyOTPSecret])
	if err != nil {
		return sidecar.Login{}, err
	}
	inbox := sidecar.Mailbox{
		Address:  values[secretKeyMailboxAddress],
		Username: values[secretKeyMailboxUsername],
		Password: sidecar.Password(values[secretKeyMailboxPassword]),
	}
	if err := checkMailbox(inbox); err != nil {
		return sidecar.Login{}, err
	}
	return sidecar.Login{
		Email:    email,
		Password: sidecar.Password(values[secretKeyPassword]),
		IdentityProvider: sidecar.IdentityProvider{
			Username:  values[secretKeyIdentityProviderUsername],
			Password:  sidecar.Password(values[secretKeyIdentityProviderPassword]),
			OTPSecret: otpSecret,
		},
		Mailbox: inbox,
	}, nil
}

// parseOTPSecret takes the secret of one-time codes as identity providers show it, or the address in a QR code.
func parseOTPSecret(text string) (sidecar.Password, error) {
	if text == "" {
		return "", nil
	}
	if _, err := onetime.Parse(text); err != nil {
		return "", fmt.Errorf("has a mistake under the key %q, whose value %w", secretKeyOTPSecret, err)
	}
	return sidecar.Password(text), nil
}

// checkMailbox refuses a mailbox that cannot be read.
func checkMailbox(given sidecar.Mailbox) error {
	switch {
	case given == (sidecar.Mailbox{}):
		return nil
	case given.Address == "":
		return fmt.Errorf("has a mailbox without the key %q. Put the IMAP server there, or remove the keys of the mailbox", secretKeyMailboxAddress)
	case given.Password == "":
		return fmt.Errorf("has a mailbox without the key %q. Put it there, or remove the keys of the mailbox", secretKeyMailboxPassword)
	}
	// One part after the other is put into an account that is right otherwise, which tells the key that is wrong.
	account := mailbox.Account{Address: given.Address, Username: secretKeyEmail, Password: secretKeyPassword}
	if err := account.Check(); err != nil {
		return fmt.Errorf("has a mistake under the key %q: %w", secretKeyMailboxAddress, err)
	}
	account.Username = cmp.Or(given.Username, account.Username)
	if err := account.Check(); err != nil {
		return fmt.Errorf("has a mistake under the key %q: %w", secretKeyMailboxUsername, err)
	}
	account.Password = mailbox.Password(given.Password)
	if err := account.Check(); err != nil {
		return fmt.Errorf("has a mistake under the key %q: %w", secretKeyMailboxPassword, err)
	}
	return nil
}

// digestOf returns what tells credentials apart and does not tell them.
func digestOf(login sidecar.Login) string {
	sum := sha256.New()
	for _, part := range []string{
		string(login.Email), string(login.Password),
		login.IdentityProvider.Username, string(login.IdentityProvider.Password), string(login.IdentityProvider.OTPSecret),
		login.Mailbox.Address, login.Mailbox.Username, string(login.Mailbox.Password),
	} {
		// Writing to a hash never fails.
		_, _ = fmt.Fprintf(sum, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(sum.Sum(nil))
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
