package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// errReplaces is what is wrong with a store in which two writers could overwrite each other's records.
var errReplaces = errors.New("it replaces an object that must not be replaced: it lacks conditional writes")

// check tries the store out. It returns only what will not pass by itself.
func (t *Trail) check(ctx context.Context, store string) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	err := t.probe(ctx)
	if err == nil {
		err = t.resume(ctx)
	}
	switch {
	case err == nil:
		t.log.Info("the audit trail goes on", "store", store, "sequence", t.head.Record.Sequence, "hash", t.head.Record.Hash)
	case reasonOf(err) == ReasonStoreForbidden:
		return err
	default:
		t.log.Warn(messages[reasonOf(err)], slog.String("store", store), slog.Any("error", err))
	}
	return nil
}

// probe writes. Whether a store can be written, and refuses to replace, is known from nothing else.
func (t *Trail) probe(ctx context.Context) error {
	if err := t.objects.replace(ctx, probeKey, []byte("{}\n")); err != nil {
		return fmt.Errorf("write a first object: %w", err)
	}
	switch err := t.objects.create(ctx, probeKey, []byte("{}\n")); {
	case err == nil:
		return errReplaces
	case errors.Is(err, errExists):
		return nil
	default:
		return fmt.Errorf("write a second object: %w", err)
	}
}

// Start keeps the store in order until ctx ends: it stores what waits, and removes what is too old. It implements manager.Runnable, and of several
// replicas only the leader does it.
func (t *Trail) Start(ctx context.Context) error {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	var removedAt time.Time
	for {
		t.tryAgain(ctx)
		if now := t.now(); now.Sub(removedAt) >= retentionPeriod || now.Before(removedAt) {
			removedAt = now
			t.removeOld(ctx)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (t *Trail) NeedLeaderElection() bool { return true }

// tryAgain stores what waits.
func (t *Trail) tryAgain(ctx context.Context) {
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	if len(t.pending) == 0 && !t.headBehind {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	if err := t.flush(ctx); err != nil {
		t.log.Warn("records still wait for the audit store", slog.Int("number", len(t.pending)), slog.Any("error", err))
	}
}

// removeOld removes what retention does not keep.
func (t *Trail) removeOld(ctx context.Context) {
	if err := t.removeOldRecords(ctx); err != nil {
		t.log.Error("old records cannot be removed", slog.Any("error", err))
	}
	if err := t.removeOldEvidence(ctx); err != nil {
		t.log.Error("old evidence cannot be removed", slog.Any("error", err))
	}
}

// Close stores what waits, if the store takes it now, and lets go of the store.
func (t *Trail) Close() error {
	t.tryAgain(context.Background())
	t.turn <- struct{}{}
	defer func() { <-t.turn }()
	for _, record := range t.pending {
		t.options.Count(RecordLost, 1)
		t.log.Error("a record is lost, the audit store did not take it until the end", record.attribute())
	}
	t.pending = nil
	return t.objects.close()
}
