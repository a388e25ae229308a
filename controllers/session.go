package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/seat"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// The Secret that holds the session of a workspace. It is the operator's: it carries an owner reference to the ClayWorkspace, and
// one that carries none is somebody else's and is left alone.
const (
	// secretTypeSession keeps it apart from Secrets that people make.
	secretTypeSession corev1.SecretType = "clay.seatwright.dev/session"
	// sessionSuffix follows the name of the workspace.
	sessionSuffix = "-session"
	// sessionHash is how many digits of a hash stand for the end of a name that is too long.
	sessionHash = 8
	// sessionKeySession is the session, and the other two say whose it is and for which workspace in Clay.
	sessionKeySession     = "session"
	sessionKeyAccount     = "account"
	sessionKeyWorkspaceID = "workspaceID"
	// annotationSavedAt is when it was put there, and with it which copy it is.
	annotationSavedAt = "clay.seatwright.dev/saved-at"
	// labelManagedBy and managedBy say who looks after it.
	labelManagedBy = "app.kubernetes.io/managed-by"
	managedBy      = "clay-operator"
	// maxSession leaves room beside the session for what else is in the Secret, in bytes.
	maxSession = corev1.MaxSecretSize - 4*1024
)

// SessionSecretName returns the name of the Secret that holds the session of the workspace with a name.
func SessionSecretName(workspace string) string {
	name := workspace + sessionSuffix
	if len(name) <= validation.DNS1123SubdomainMaxLength {
		return name
	}
	sum := sha256.Sum256([]byte(workspace))
	suffix := hex.EncodeToString(sum[:])[:sessionHash] + sessionSuffix
	return workspace[:validation.DNS1123SubdomainMaxLength-len(suffix)] + suffix
}

// unkeptError is why a session cannot be kept, in words for a person.
type unkeptError struct{ message string }

// Error implements error.
func (e *unkeptError) Error() string { return e.message }

// storedSession is what the Secret holds.
type storedSession struct {
	session     sidecar.Session
	account     seat.Email
	workspaceID string
}

// fits says whether it can be used for a workspace and an account.
func (s storedSession) fits(workspaceID string, account seat.Email) bool {
	return len(s.session) > 0 && s.workspaceID == workspaceID && s.account == account
}

func sessionIn(secret *corev1.Secret) storedSession {
	return storedSession{
		session:     secret.Data[sessionKeySession],
		account:     seat.Email(secret.Data[sessionKeyAccount]),
		workspaceID: string(secret.Data[sessionKeyWorkspaceID]),
	}
}

// StoreSession puts a session of an account into the Secret that belongs to the workspace, whatever that held before, and
// wakes the operator by it. It is for a person who has signed in by hand: of two who do at a time the last one wins. The error says
// what to do where the Secret is somebody else's or the session too large.
func StoreSession(
	ctx context.Context, cluster client.Client, workspace *clayv1alpha1.ClayWorkspace, account seat.Email, session sidecar.Session,
	now time.Time,
) error {
	stored := storedSession{session: session, account: account, workspaceID: workspace.Spec.WorkspaceID}
	again := func(err error) bool { return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) }
	return retry.OnError(retry.DefaultRetry, again, func() error {
		secret, err := readSessionSecret(ctx, cluster, workspace)
		if err != nil {
			return err
		}
		return writeSession(ctx, cluster, workspace, secret, stored, savedAt(now))
	})
}

// SessionOf returns the session that the operator keeps for the workspace and the account, for commands that sign in to Clay themselves; nil
// where there is none that fits. The reader has to read past any cache.
func SessionOf(
	ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace, account seat.Email,
) (sidecar.Session, error) {
	secret, err := readSessionSecret(ctx, reader, workspace)
	if err != nil || !metav1.IsControlledBy(secret, workspace) {
		return nil, err
	}
	stored := sessionIn(secret)
	if !stored.fits(workspace.Spec.WorkspaceID, account) {
		return nil, nil
	}
	return stored.session, nil
}

// savedAt makes the value of the annotation.
func savedAt(now time.Time) string { return now.UTC().Format(time.RFC3339Nano) }

// readSessionSecret reads the Secret, whoever owns it. One that is not there is returned without a resource version.
func readSessionSecret(ctx context.Context, reader client.Reader, workspace *clayv1alpha1.ClayWorkspace) (*corev1.Secret, error) {
	secret := &corev1.Secret{}
	key := types.NamespacedName{Namespace: workspace.Namespace, Name: SessionSecretName(workspace.Name)}
	err := reader.Get(ctx, key, secret)
	if client.IgnoreNotFound(err) != nil {
		return nil, fmt.Errorf("read the Secret %q: %w", key.Name, err)
	}
	if err != nil {
		secret.Name, secret.Namespace = key.Name, key.Namespace
	}
	return secret, nil
}

// writeSession changes the Secret as it was read, or makes it. The API server refuses where somebody else did meanwhile.
func writeSession(
	ctx context.Context, writer client.Client, workspace *clayv1alpha1.ClayWorkspace, secret *corev1.Secret, stored storedSession, at string,
) error {
	if len(stored.session) > maxSession {
		return &unkeptError{fmt.Sprintf("The session is larger than a Secret can be (%d bytes), and is not kept: "+
			"after a restart the operator signs in again.", len(stored.session))}
	}
	if secret.ResourceVersion != "" && !metav1.IsControlledBy(secret, workspace) {
		return &unkeptError{fmt.Sprintf("The Secret %q is not the operator's, because it carries no owner reference to this ClayWorkspace. "+
			"The session is not kept until you delete or rename that Secret; after a restart the operator signs in again.", secret.Name)}
	}
	secret.Data = map[string][]byte{
		sessionKeySession: append([]byte{}, stored.session...), sessionKeyAccount: []byte(stored.account), sessionKeyWorkspaceID: []byte(stored.workspaceID),
	}
	metav1.SetMetaDataAnnotation(&secret.ObjectMeta, annotationSavedAt, at)
	metav1.SetMetaDataLabel(&secret.ObjectMeta, labelManagedBy, managedBy)
	if secret.ResourceVersion != "" {
		if err := writer.Update(ctx, secret); err != nil {
			return fmt.Errorf("change the Secret %q: %w", secret.Name, err)
		}
		return nil
	}
	secret.Type = secretTypeSession
	// The ClayWorkspace can go before the Secret does, and nobody needs rights on its finalizers for this.
	err := controllerutil.SetControllerReference(workspace, secret, writer.Scheme(), controllerutil.WithBlockOwnerDeletion(false))
	if err != nil {
		return fmt.Errorf("set the owner of the Secret %q: %w", secret.Name, err)
	}
	if err := writer.Create(ctx, secret); err != nil {
		return fmt.Errorf("make the Secret %q: %w", secret.Name, err)
	}
	return nil
}

// isUnkept returns the reason for a person why a session cannot be kept; nil where it is only a matter of another try.
func isUnkept(err error) *unkeptError {
	var found *unkeptError
	errors.As(err, &found)
	return found
}
