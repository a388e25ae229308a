package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// maxEntries and maxBytes bound the evidence: months of ordinary faults, and a fraction of the volume that the manifests
	// give it. The newest entry stays, however large it is.
	maxEntries = 200
	maxBytes   = 256 << 20
	// leftoverAge is when a file that is being written counts as left over by a process that died.
	leftoverAge = time.Hour

	screenshotPart = "png"
	reportPart     = "json"
	snapshotPart   = "txt"

	// timeLayout sorts as text in the order of time.
	timeLayout = "20060102T150405.000000000Z"
	// maxPart bounds each part of a name, in bytes, so that the whole fits the 255 of a file name.
	maxPart = 63
)

// evidenceKey is what SaveEvidence calls an object. Only such ones are ever removed, whatever else somebody keeps beside them.
var evidenceKey = regexp.MustCompile(`^` + evidencePrefix + `[0-9]{8}T[0-9]{6}\.[0-9]{9}Z(_[A-Za-z0-9.-]+){0,3}\.(png|json|txt)$`)

// Entry is one piece of evidence.
type Entry struct {
	// At is when it was taken.
	At time.Time
	// Namespace and Workspace name the ClayWorkspace. Where only Clay's id of it is known, it is the Workspace and there is no
	// Namespace.
	Namespace, Workspace string
	// Reason says why it was taken, in one word, as in a condition.
	Reason string
	// Screenshot is a redacted PNG; empty where there is none.
	Screenshot []byte
	// Snapshot is the redacted accessibility tree of the page.
	Snapshot string
	// Path is the path of the page's address, without host and query.
	Path string
	// Report is a redacted report in JSON on what was expected and what was there; empty where there is none.
	Report []byte
}

// Evidence is an entry as it was stored.
type Evidence struct {
	// Key is what the keys of its parts begin with; empty where nothing was stored.
	Key string
	// Digests are the SHA-256 of the parts in hexadecimal digits, by what follows the key and a dot: png, json, txt.
	Digests map[string]string
}

// Object is the key of the part that a person looks at first: the picture, or the snapshot where there is none.
func (e Evidence) Object() string {
	if _, pictured := e.Digests[screenshotPart]; pictured {
		return partKey(e.Key, screenshotPart)
	}
	return partKey(e.Key, snapshotPart)
}

func partKey(key, part string) string { return key + "." + part }

// evidenceNames gives out names.
type evidenceNames struct {
	mu   sync.Mutex
	last time.Time
}

// SaveEvidence stores an entry, the snapshot last, and says what is in the store now, which belongs into a record: only there somebody who
// replaces it is noticed. Then it removes the oldest entries that are too many. Evidence that cannot be stored is dropped, logged and counted,
// and has no key.
func (t *Trail) SaveEvidence(ctx context.Context, entry Entry) Evidence {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	key := evidencePrefix + t.evidence.name(entry)
	digests, err := t.writeEvidence(ctx, key, entry)
	if err != nil {
		t.options.Count(EvidenceLost, 1)
		t.log.Error("evidence cannot be stored", slog.String("evidence", key), slog.Any("error", err))
		return Evidence{}
	}
	t.options.Count(EvidenceStored, 1)
	if err := t.removeOldEvidence(ctx); err != nil {
		t.log.Error("old evidence cannot be removed", slog.Any("error", err))
	}
	return Evidence{Key: key, Digests: digests}
}

// WhereIs says for a person where evidence is: a link to what to look at first, or the key and the store where there are no links.
func (t *Trail) WhereIs(evidence Evidence) string {
	if t.options.EvidenceURL == "" {
		return evidence.Key + " in " + t.name
	}
	return t.options.EvidenceURL + evidence.Object()
}

// writeEvidence stores the parts of an entry, or none of them, and returns their digests.
func (t *Trail) writeEvidence(ctx context.Context, key string, entry Entry) (map[string]string, error) {
	parts := []struct {
		name string
		data []byte
	}{
		{screenshotPart, entry.Screenshot},
		{reportPart, entry.Report},
		{snapshotPart, []byte("path: " + entry.Path + "\n\n" + entry.Snapshot)},
	}
	digests := map[string]string{}
	for i, part := range parts {
		if len(part.data) == 0 {
			continue
		}
		err := t.objects.replace(ctx, partKey(key, part.name), part.data)
		if err == nil {
			digests[part.name] = hashOf(part.data)
			continue
		}
		// A write that failed may have been one that only took too long to say so.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		for _, written := range parts[:i+1] {
			err = errors.Join(err, t.objects.remove(ctx, partKey(key, written.name)))
		}
		return nil, err
	}
	return digests, nil
}

// name is the time and what the entry is about. Two entries of one moment get two times, because a name stands for one entry.
func (n *evidenceNames) name(entry Entry) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := entry.At.UTC()
	if !at.After(n.last) {
		at = n.last.Add(time.Nanosecond)
	}
	n.last = at
	parts := []string{at.Format(timeLayout)}
	for _, text := range []string{entry.Namespace, entry.Workspace, entry.Reason} {
		if text != "" {
			parts = append(parts, part(text))
		}
	}
	return strings.Join(parts, "_")
}

// part makes a text fit to be a part of a file name.
func part(text string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' {
			return r
		}
		return '-'
	}, text)
	return safe[:min(len(safe), maxPart)]
}

// stored is an entry as a list shows it.
type stored struct {
	key     string
	objects []object
	size    int64
}

// removeOldEvidence removes what is too old, and the oldest entries until the rest is within bounds.
func (t *Trail) removeOldEvidence(ctx context.Context) error {
	listed, err := t.objects.list(ctx, evidencePrefix, 0)
	if err != nil {
		return fmt.Errorf("list the evidence: %w", err)
	}
	now := t.now()
	// The names begin with the time.
	oldest := evidencePrefix + now.Add(-t.options.EvidenceRetention).UTC().Format(timeLayout)
	total := int64(0)
	for i, entry := range entriesOf(listed) {
		total += entry.size
		if entry.key >= oldest && i < maxEntries && (i == 0 || total <= maxBytes) {
			continue
		}
		for _, each := range entry.objects {
			err = errors.Join(err, t.objects.remove(ctx, each.key))
		}
	}
	for _, each := range listed {
		if leftover.MatchString(each.key) && now.Sub(each.modified) > leftoverAge {
			err = errors.Join(err, t.objects.remove(ctx, each.key))
		}
	}
	return err
}

// entriesOf puts the objects of each entry together, newest first.
func entriesOf(listed []object) []*stored {
	var entries []*stored
	byKey := map[string]*stored{}
	for _, each := range listed {
		if !evidenceKey.MatchString(each.key) {
			continue
		}
		key := strings.TrimSuffix(each.key, path.Ext(each.key))
		entry := byKey[key]
		if entry == nil {
			entry = &stored{key: key}
			byKey[key] = entry
			entries = append(entries, entry)
		}
		entry.objects = append(entry.objects, each)
		entry.size += each.size
	}
	slices.SortFunc(entries, func(a, b *stored) int { return cmp.Compare(b.key, a.key) })
	return entries
}
