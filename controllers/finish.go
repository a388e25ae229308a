package controllers

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/client-go/util/retry"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	clayv1alpha1 "github.com/seatwright/clay-operator/api/v1alpha1"
	"github.com/seatwright/clay-operator/internal/audit"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// jitterFraction spreads the periodic passes by a tenth either way, so that workspaces made together do not stay together.
const jitterFraction = 0.1

// finish is the end of every pass, however it went: publish what was found, write the status once, and say when the next
// pass is due.
func (p *pass) finish(ctx context.Context, err error) (ctrl.Result, error) {
	if errors.Is(err, errOutdated) {
		return ctrl.Result{RequeueAfter: p.timing.soon}, nil
	}
	trouble := problemOf(err)
	if err != nil && trouble == nil {
		return ctrl.Result{}, err
	}
	if ctx.Err() != nil {
		// The process ends, or is no longer the leader. The intent in the status stays, and whoever comes next reads twice.
		return ctrl.Result{}, fmt.Errorf("the pass was cut off: %w", ctx.Err())
	}
	if !p.planned {
		if err := p.list(ctx); err != nil {
			return ctrl.Result{}, err
		}
	}
	if trouble != nil && !p.held && !p.work.held {
		trouble.kept = p.keepEvidence(ctx, trouble.standing.Reason, trouble.evidence)
		p.noteEvidence(ctx, trouble)
	}
	p.report(trouble)
	p.publish(trouble)
	result := p.schedule(trouble)
	if err := p.save(ctx); errors.Is(err, errOutdated) {
		return ctrl.Result{RequeueAfter: p.timing.soon}, nil
	} else if err != nil {
		return ctrl.Result{}, err
	}
	p.events.turned(p.workspace, p.found.Conditions, p.workspace.Status.Conditions)
	p.events.needed(p.workspace, p.found.Conditions, p.workspace.Status.Conditions)
	p.events.versionChanged(p.workspace, p.found.ClayVersion, p.workspace.Status.ClayVersion)
	p.notify(ctx)
	return result, nil
}

// keepEvidence keeps a picture of the page, if there is one. Its loss is no reason to stop.
func (p *pass) keepEvidence(ctx context.Context, reason string, evidence *sidecar.Evidence) audit.Evidence {
	if evidence == nil {
		return audit.Evidence{}
	}
	kept := p.trail.SaveEvidence(ctx, audit.Entry{
		At: p.timing.now(), Namespace: p.key.Namespace, Workspace: p.key.Name, Reason: reason,
		Screenshot: evidence.Screenshot, Snapshot: evidence.Snapshot, Path: evidence.Path, Report: evidence.Report,
	})
	if kept.Key != "" {
		p.workspace.Status.Evidence = kept.Key
	}
	return kept
}

// save writes the status if it changed. Where it conflicts somebody changed the rest of the resource meanwhile, as a rule. A
// status that is not as it was left is that of another manager, which leads by now; what it announced must not be lost.
func (p *pass) save(ctx context.Context) error {
	if equality.Semantic.DeepEqual(p.before, &p.workspace.Status) {
		return nil
	}
	wanted := p.workspace.Status.DeepCopy()
	fresh := p.workspace
	err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		err := p.client.Status().Update(ctx, fresh)
		if err == nil {
			p.before = fresh.Status.DeepCopy()
			return nil
		}
		fresh = &clayv1alpha1.ClayWorkspace{}
		if readErr := p.reader.Get(ctx, p.key, fresh); readErr != nil {
			return readErr
		}
		if fresh.UID != p.workspace.UID {
			// A namesake: what was found out is not its own.
			return nil
		}
		if !equality.Semantic.DeepEqual(p.before, &fresh.Status) {
			return errOutdated
		}
		fresh.Status = *wanted.DeepCopy()
		return err
	})
	if client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("write the status: %w", err)
	}
	return nil
}

// schedule says when the next pass is due.
func (p *pass) schedule(trouble *problem) ctrl.Result {
	now := p.timing.now()
	request := reconcile.Request{NamespacedName: p.key}
	switch {
	case p.held:
		return ctrl.Result{RequeueAfter: max(p.memory.hold.until.Sub(now), p.timing.soon)}
	case p.work.trouble != nil:
		if !p.work.held {
			p.memory.accessHold = hold{until: now.Add(p.pause(trouble, request)), problem: trouble, fingerprint: p.fingerprint}
			p.memory.heldAccess = accessWork{unreadable: p.work.unreadable, unwritable: p.work.unwritable, evidence: p.work.evidence}
		}
		p.memory.hold = hold{}
		p.wakeForSeats(request, now)
		return ctrl.Result{RequeueAfter: p.orSooner(p.memory.accessHold.until.Sub(now), now)}
	case trouble != nil:
		pause := p.pause(trouble, request)
		if trouble.patience != watchful {
			p.memory.hold = hold{until: now.Add(pause), problem: trouble, fingerprint: p.fingerprint}
		}
		return ctrl.Result{RequeueAfter: pause}
	}
	p.memory.hold = hold{}
	left := len(p.plan.Changes) + len(p.work.plan.Changes)
	if left > 0 && !p.advanced {
		return ctrl.Result{RequeueAfter: max(p.timing.soon, p.backoff.When(request))}
	}
	p.backoff.Forget(request)
	if left > 0 {
		return ctrl.Result{RequeueAfter: p.timing.soon}
	}
	// A workspace that only waits for its interval gives way to those that somebody waits for.
	return ctrl.Result{RequeueAfter: p.orSooner(jitter(p.workspace.GetInterval()), now), Priority: new(handler.LowPriority)}
}

// orSooner is a pause, or a shorter one where the world changes before its end. It is never none: that would be the last pass.
func (p *pass) orSooner(pause time.Duration, now time.Time) time.Duration {
	if !p.next.IsZero() {
		pause = min(pause, p.next.Sub(now))
	}
	return max(pause, p.timing.soon)
}

// wakeForSeats has what is left to do about seats done while access is left alone.
func (p *pass) wakeForSeats(request reconcile.Request, now time.Time) {
	switch {
	case len(p.plan.Changes) == 0:
	case p.advanced:
		p.wakeAt(now.Add(p.timing.soon))
	default:
		p.wakeAt(now.Add(p.backoff.When(request)))
	}
}

func (p *pass) pause(trouble *problem, request reconcile.Request) time.Duration {
	switch trouble.patience {
	case backingOff:
		return max(p.backoff.When(request), trouble.least)
	case seldom:
		return jitter(seldomRetry)
	case ordered, appointed:
		// Never earlier than that.
		pause := max(trouble.pause, trouble.least)
		return pause + time.Duration(rand.Float64()*jitterFraction*float64(pause)) //nolint:gosec // Jitter is no secret.
	default:
		return jitter(p.workspace.GetInterval())
	}
}

func jitter(duration time.Duration) time.Duration {
	return duration + time.Duration((2*rand.Float64()-1)*jitterFraction*float64(duration)) //nolint:gosec // Jitter is no secret.
}
