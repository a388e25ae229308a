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
	if trouble != nil && !p.held {
		p.keepEvidence(ctx, trouble.standing.Reason, trouble.evidence)
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

// keepEvidence keeps a picture of the page, if there is one, and returns its key. Its loss is no reason to stop.
func (p *pass) keepEvidence(ctx context.Context, reason string, evidence *sidecar.Evidence) (key string) {
	if evidence == nil {
		return ""
	}
	key = p.trail.SaveEvidence(ctx, audit.Entry{
		At: p.timing.now(), Namespace: p.key.Namespace, Workspace: p.key.Name, Reason: reason,
		Screenshot: evidence.Screenshot, Snapshot: evidence.Snapshot, Path: evidence.Path, Report: evidence.Report,
	})
	if key != "" {
		p.workspace.Status.Evidence = key
	}
	return key
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
		return ctrl.Result{RequeueAfter: p.memory.hold.until.Sub(now)}
	case trouble != nil:
		pause := p.pause(trouble, request)
		if trouble.patience != watchful {
			p.memory.hold = hold{until: now.Add(pause), problem: trouble, fingerprint: p.fingerprint}
		}
		return ctrl.Result{RequeueAfter: pause}
	}
	p.memory.hold = hold{}
	if len(p.plan.Changes) > 0 && !p.advanced {
		return ctrl.Result{RequeueAfter: max(p.timing.soon, p.backoff.When(request))}
	}
	p.backoff.Forget(request)
	if len(p.plan.Changes) > 0 {
		return ctrl.Result{RequeueAfter: p.timing.soon}
	}
	after := jitter(p.workspace.GetInterval())
	if !p.next.IsZero() {
		after = min(after, max(p.next.Sub(now), p.timing.soon))
	}
	// A workspace that only waits for its interval gives way to those that somebody waits for.
	return ctrl.Result{RequeueAfter: after, Priority: new(handler.LowPriority)}
}

func (p *pass) pause(trouble *problem, request reconcile.Request) time.Duration {
	switch trouble.patience {
	case backingOff:
		return p.backoff.When(request)
	case seldom:
		return jitter(seldomRetry)
	case ordered, appointed:
		// Never earlier than that.
		return trouble.pause + time.Duration(rand.Float64()*jitterFraction*float64(trouble.pause)) //nolint:gosec // Jitter is no secret.
	default:
		return jitter(p.workspace.GetInterval())
	}
}

func jitter(duration time.Duration) time.Duration {
	return duration + time.Duration((2*rand.Float64()-1)*jitterFraction*float64(duration)) //nolint:gosec // Jitter is no secret.
}
