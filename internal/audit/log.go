package audit

import "log/slog"

// attribute returns a record as a group of a log line, without what is empty.
func (r Record) attribute() slog.Attr {
	attributes := []any{slog.String("verb", string(r.Verb)), slog.String("phase", string(r.Phase)), slog.String("id", r.ID)}
	for _, text := range []struct{ key, value string }{
		{"person", r.Person}, {"fromRole", r.FromRole}, {"role", r.Role},
		{"namespace", r.Workspace.Namespace}, {"workspace", r.Workspace.Name}, {"workspaceID", r.Workspace.ID},
		{"kind", r.AskedBy.Kind}, {"requester", r.AskedBy.Name}, {"uid", r.AskedBy.UID}, {"fieldManager", r.AskedBy.FieldManager},
		{"digest", r.Digest}, {"result", string(r.Result)}, {"class", r.Class}, {"reason", r.Reason}, {"proof", r.Proof},
		{"evidence", r.Evidence}, {"evidenceDigests", joinDigests(r.EvidenceDigests)}, {"hash", r.Hash},
	} {
		if text.value != "" {
			attributes = append(attributes, slog.String(text.key, text.value))
		}
	}
	for _, number := range []struct {
		key   string
		value int64
	}{
		{"generation", r.AskedBy.Generation}, {"durationMilliseconds", r.DurationMilliseconds},
		{"sequence", int64(min(r.Sequence, maxSequence))},
	} {
		if number.value != 0 {
			attributes = append(attributes, slog.Int64(number.key, number.value))
		}
	}
	return slog.Group("record", attributes...)
}
