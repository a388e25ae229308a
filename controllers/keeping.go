package controllers

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	logf "sigs.k8s.io/controller-runtime/pkg/log"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/controllers/internal/status"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

const (
	// renewAfter is how old a copy becomes before a session that Clay changed in passing replaces it. A page may set a new
	// cookie at every load, and a session that is an hour old is known to live for most of a day yet.
	renewAfter = time.Hour
	// prolongAfter is the same where nothing changed but when its cookies end: a quarter of the shortest life that a session is
	// said to have.
	prolongAfter = 6 * time.Hour
)

// kept is what a process knows of the copy of the session in its Secret.
type kept struct {
	// version is the resource version of the Secret that was looked at last; empty where there was none.
	version string
	// savedAt is the annotation of the copy; empty where the Secret holds none of ours.
	savedAt string
	// taken is the resource version of the copy that this process took over from somebody else.
	taken string
	// full is true where the copy holds a session.
	full bool
	// whole and essence are digests of the session.
	whole, essence [sha256.Size]byte
}

// holds notes that the Secret holds a session.
func (k *kept) holds(session sidecar.Session, at string) {
	k.savedAt, k.full = at, len(session) > 0
	k.whole, k.essence = sha256.Sum256(session), essenceOf(session)
}

// isDue says whether a session has to be written to the Secret.
func (k *kept) isDue(session sidecar.Session, signedIn bool, now time.Time) bool {
	switch {
	case len(session) == 0:
		return false
	case !k.full || signedIn:
		return true
	case k.whole == sha256.Sum256(session):
		return false
	}
	age := renewAfter
	if k.essence == essenceOf(session) {
		age = prolongAfter
	}
	return !now.Before(k.savedTime().Add(age))
}

// savedTime is when the copy was written; zero where that is not known.
func (k *kept) savedTime() time.Time {
	at, err := time.Parse(time.RFC3339Nano, k.savedAt)
	if err != nil {
		return time.Time{}
	}
	return at
}

// expiries are the names under which a browser's state says when something ends, which slides with every visit.
const expiries = "expires"

// essenceOf is the digest of a session but for the times at which its cookies end. The session is opaque here: one that is not
// JSON is taken as it is.
func essenceOf(session sidecar.Session) [sha256.Size]byte {
	var content any
	if json.Unmarshal(session, &content) != nil {
		return sha256.Sum256(session)
	}
	dropExpiries(content)
	text, err := json.Marshal(content)
	if err != nil {
		return sha256.Sum256(session)
	}
	return sha256.Sum256(text)
}

func dropExpiries(content any) {
	switch typed := content.(type) {
	case map[string]any:
		delete(typed, expiries)
		for _, part := range typed {
			dropExpiries(part)
		}
	case []any:
		for _, part := range typed {
			dropExpiries(part)
		}
	}
}

// openSession takes over the session in the Secret where this process has not seen that copy: after a restart, and when a
// person has put another one there.
func (p *pass) openSession(ctx context.Context) error {
	seen := &metav1.PartialObjectMetadata{}
	seen.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind("Secret"))
	key := types.NamespacedName{Namespace: p.key.Namespace, Name: SessionSecretName(p.key.Name)}
	if err := client.IgnoreNotFound(p.metadata.Get(ctx, key, seen)); err != nil {
		return err
	}
	if seen.ResourceVersion == p.memory.kept.version {
		return nil
	}
	// The cache may be behind what this process wrote itself.
	secret, err := readSessionSecret(ctx, p.reader, p.workspace)
	if err != nil {
		return err
	}
	p.takeSession(ctx, secret)
	return nil
}

// takeSession looks at the Secret, and takes over what it holds if that is new and fits.
func (p *pass) takeSession(ctx context.Context, secret *corev1.Secret) {
	k := &p.memory.kept
	k.version = secret.ResourceVersion
	at := secret.Annotations[annotationSavedAt]
	switch {
	case secret.ResourceVersion == "" || !metav1.IsControlledBy(secret, p.workspace):
		k.savedAt, k.full = "", false
		return
	case at != "" && at == k.savedAt:
		return
	}
	stored := sessionIn(secret)
	if k.holds(stored.session, at); !k.full {
		return
	}
	if !stored.fits(p.workspace.Spec.WorkspaceID, p.memory.account) {
		k.full = false
		logf.FromContext(ctx).Info("the stored session is of another account or workspace, and is not used", "secret", secret.Name)
		return
	}
	p.memory.session, k.taken = stored.session, secret.ResourceVersion
	logf.FromContext(ctx).Info("took the session from its Secret", "secret", secret.Name)
}

// keepSession writes the session that Clay has just accepted to its Secret, where it has to be written. That it cannot be kept is
// no reason to stop: it costs a log-in after a restart.
func (p *pass) keepSession(ctx context.Context, signedIn bool) {
	if !p.memory.kept.isDue(p.memory.session, signedIn, p.timing.now()) {
		return
	}
	err := p.saveSession(ctx, p.memory.session)
	unkept := isUnkept(err)
	switch {
	case unkept != nil:
		p.sayUnkept(unkept.message)
	case apierrors.IsForbidden(err):
		p.sayUnkept(fmt.Sprintf("The operator may not write the Secret %q, and the session is not kept: after a restart it signs in again. "+
			"Give it the rights of config/rbac/role.yaml.", SessionSecretName(p.key.Name)))
	case err != nil:
		logf.FromContext(ctx).Error(err, "cannot keep the session; it is tried again with the next pass")
	}
}

// sayUnkept tells of a session that will not survive a restart, by an event once.
func (p *pass) sayUnkept(message string) {
	before := meta.FindStatusCondition(p.before.Conditions, clayv1alpha1.ConditionSessionReady)
	if before == nil || before.Reason != clayv1alpha1.ReasonSessionNotKept {
		p.events.recorder.Eventf(p.workspace, nil, corev1.EventTypeWarning, clayv1alpha1.ReasonSessionNotKept, actionReconcile, "%s", message)
	}
	status.Set(&p.workspace.Status.Conditions, clayv1alpha1.ConditionSessionReady, metav1.ConditionTrue, p.workspace.Generation,
		clayv1alpha1.ReasonSessionNotKept, "The operator is signed in to the workspace. "+message, p.timing.now())
}

// dropSession forgets a session that Clay does not accept any more, and empties its copy.
func (p *pass) dropSession(ctx context.Context) {
	p.memory.session, p.access.Session = nil, nil
	if !p.memory.kept.full {
		return
	}
	if err := p.saveSession(ctx, nil); err != nil {
		logf.FromContext(ctx).Error(err, "cannot take a refused session out of its Secret; it is replaced after the next log-in")
	}
}

// saveSession replaces the copy in the Secret, unless a person has replaced it since this process looked: then that one is for the
// next pass.
func (p *pass) saveSession(ctx context.Context, session sidecar.Session) error {
	secret, err := readSessionSecret(ctx, p.reader, p.workspace)
	if err != nil {
		return err
	}
	k := &p.memory.kept
	ours := metav1.IsControlledBy(secret, p.workspace)
	if ours && secret.Annotations[annotationSavedAt] != k.savedAt {
		logf.FromContext(ctx).Info("somebody else has put a session into the Secret meanwhile; it is looked at next", "secret", secret.Name)
		return nil
	}
	at := savedAt(p.timing.now())
	p.saves.note(p.key, at)
	stored := storedSession{session: session, account: p.memory.account, workspaceID: p.workspace.Spec.WorkspaceID}
	if err := writeSession(ctx, p.client, p.workspace, secret, stored, at); err != nil {
		return err
	}
	k.version = secret.ResourceVersion
	k.holds(session, at)
	return nil
}

// reportSession tells where the session is kept, if the pass came as far as to know it.
func (p *pass) reportSession() {
	k := &p.memory.kept
	if p.access.ID == "" {
		return
	}
	if !k.full {
		p.workspace.Status.Session = nil
		return
	}
	kept := &clayv1alpha1.SessionStatus{SecretName: SessionSecretName(p.key.Name)}
	if at := k.savedTime(); !at.IsZero() {
		kept.SavedTime = &metav1.Time{Time: at.Truncate(time.Second)}
	}
	p.workspace.Status.Session = kept
}

// saves knows which copies of sessions this process wrote, so that its own writing does not wake it.
type saves struct {
	mutex sync.Mutex
	of    map[types.NamespacedName]string
}

// note is called before the writing, because the news of it may be here sooner than its answer.
func (s *saves) note(workspace types.NamespacedName, at string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.of == nil {
		s.of = map[types.NamespacedName]string{}
	}
	s.of[workspace] = at
}

func (s *saves) forget(workspace types.NamespacedName) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.of, workspace)
}

// isOwn says whether a Secret is as this process wrote it last.
func (s *saves) isOwn(secret client.Object) bool {
	owner := metav1.GetControllerOf(secret)
	at := secret.GetAnnotations()[annotationSavedAt]
	if owner == nil || at == "" {
		return false
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.of[types.NamespacedName{Namespace: secret.GetNamespace(), Name: owner.Name}] == at
}
