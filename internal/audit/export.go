package audit

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// csvHeader names the columns of WriteCSV.
var csvHeader = []string{
	"time", "workspace", "workspace id", "person", "verb", "role before", "role after",
	"asked by", "uid", "generation", "field manager", "digest",
	"outcome", "class", "reason", "outcome time", "settled", "proof", "duration (ms)", "evidence", "evidence digests",
	"operator version", "operator host", "sequence", "hash", "id", "verified",
	"target", "credits before", "credits after",
}

// WriteCSV writes one line for each change under a line with the names of the columns, as RFC 4180 has it.
//
// No cell begins with a character that makes a spreadsheet calculate: such a cell gets a single quote before it.
func WriteCSV(out io.Writer, changes []Change) error {
	writer := csv.NewWriter(out)
	if err := writer.Write(csvHeader); err != nil {
		return err
	}
	for _, change := range changes {
		row := change.row()
		for i := range row {
			row[i] = Harmless(row[i])
		}
		if err := writer.Write(row); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

func (c *Change) row() []string {
	outcomeTime := ""
	if c.OutcomeTime != nil {
		outcomeTime = c.OutcomeTime.Format(time.RFC3339Nano)
	}
	generation := ""
	if c.Generation != 0 {
		generation = strconv.FormatInt(c.Generation, 10)
	}
	return []string{
		c.Time.Format(time.RFC3339Nano), c.Workspace, c.WorkspaceID, c.Person, string(c.Verb), c.RoleBefore, c.RoleAfter,
		c.AskedBy, c.UID, generation, c.FieldManager, c.Digest,
		c.Outcome, c.Class, c.Reason, outcomeTime, strconv.FormatBool(c.Settled), c.Proof,
		strconv.FormatInt(c.DurationMilliseconds, 10), c.Evidence, joinDigests(c.EvidenceDigests),
		c.OperatorVersion, c.OperatorHost, strconv.FormatUint(c.Sequence, 10), c.Hash, c.ID, strconv.FormatBool(c.Verified),
		c.Target, formatCredits(c.CreditsBefore), formatCredits(c.CreditsAfter),
	}
}

func formatCredits(credits *int64) string {
	if credits == nil {
		return ""
	}
	return strconv.FormatInt(*credits, 10)
}

// joinDigests makes one text of the digests of evidence, such as "png:9f86d0 txt:60303a".
func joinDigests(digests map[string]string) string {
	texts := make([]string, 0, len(digests))
	for _, part := range slices.Sorted(maps.Keys(digests)) {
		texts = append(texts, part+":"+digests[part])
	}
	return strings.Join(texts, " ")
}

// formulaStarts are the characters by which spreadsheets know a formula, or which some of them pass over before they look for one; the last
// four are what an Asian keyboard makes of the first four.
const formulaStarts = "=+-@\t\r\n＝＋－＠"

// Harmless returns the text of a cell of a CSV file such that no spreadsheet takes it for a formula: one that might be gets a single quote before it.
func Harmless(cell string) string {
	if strings.IndexAny(cell, formulaStarts) == 0 {
		return "'" + cell
	}
	return cell
}

// WriteJSON writes an array of the changes.
func WriteJSON(out io.Writer, changes []Change) error {
	if changes == nil {
		changes = []Change{}
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(changes); err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	return nil
}
