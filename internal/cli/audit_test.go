package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/seatwright/clay-operator/internal/audit"
)

var morning = time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC)

// leave makes a trail of three changes in the store.
func leave(t *testing.T, address string) {
	t.Helper()
	trail, err := audit.Open(t.Context(), address, audit.Options{Operator: audit.Operator{Version: "v1", Host: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	var records []audit.Record
	for day, person := range []string{"avery@example.com", "casey@example.com", "jo@example.com"} {
		at := morning.AddDate(0, 0, day)
		intent := audit.Intend(audit.Record{
			Time: at, Verb: audit.VerbInvite, Person: person, Role: "Editor", Workspace: audit.Workspace{Namespace: "team", Name: "sales"},
		})
		records = append(records, intent, intent.Became(audit.ResultApplied, at.Add(time.Second)))
	}
	if err := errors.Join(trail.Append(t.Context(), records...), trail.Close()); err != nil {
		t.Fatal(err)
	}
}

// run runs a command that must end with a code, and returns what it printed.
func run(t *testing.T, want int, arguments ...string) (stdout, stderr string) {
	t.Helper()
	var out, problems bytes.Buffer
	if code := Run(arguments, &out, &problems); code != want {
		t.Fatalf("%q: exit code %d, want %d:\n%s%s", arguments, code, want, out.String(), problems.String())
	}
	return out.String(), problems.String()
}

func TestAuditVerify(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "store")
	store := "--store=" + audit.FileURL(directory)
	_, problems := run(t, exitFailure, "audit", "verify", store)
	if !strings.Contains(problems, "--store") {
		t.Errorf("a missing store: %s", problems)
	}
	leave(t, audit.FileURL(directory))
	printed, _ := run(t, exitOK, "audit", "verify", store)
	head := regexp.MustCompile(`(?m)^head +(6:[0-9a-f]{64})$`).FindStringSubmatch(printed)
	for _, want := range []string{"6 in 1 objects", "2026-01-31T09:00:00Z to 2026-02-02T09:00:01Z", "test v1", "whole"} {
		if !strings.Contains(printed, want) || head == nil {
			t.Fatalf("no %q, or no head, in\n%s", want, printed)
		}
	}
	run(t, exitOK, "audit", "verify", store, "--expect="+head[1])

	file := filepath.Join(directory, "trail", "0000000000000001.jsonl")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte("casey@"), []byte("kasey@"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, problems = run(t, exitFailure, "audit", "verify", store)
	if !strings.Contains(problems, "the trail breaks at record 3 in trail/0000000000000001.jsonl") || !strings.Contains(printed, "broken") {
		t.Errorf("a changed record: %s%s", printed, problems)
	}
	run(t, exitFailure, "audit", "export", store)
}

// TestAuditVerifyLooksAtTheEvidence takes one part of a picture away and puts another thing in the place of the other.
func TestAuditVerifyLooksAtTheEvidence(t *testing.T) {
	directory := t.TempDir()
	address := audit.FileURL(directory)
	leave(t, address)
	trail, err := audit.Open(t.Context(), address, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept := trail.SaveEvidence(t.Context(), audit.Entry{At: time.Now(), Workspace: "sales", Reason: "PageChanged", Screenshot: []byte("picture")})
	record := audit.Record{Phase: audit.PhaseNoted, Verb: audit.VerbKeepEvidence}
	if err := errors.Join(trail.Append(t.Context(), record.Showing(kept)), trail.Close()); err != nil {
		t.Fatal(err)
	}
	printed, _ := run(t, exitOK, "audit", "verify", "--store="+address)
	if !strings.Contains(printed, "2 objects as they were stored, 0 gone") {
		t.Errorf("the evidence is as it was:\n%s", printed)
	}
	if err := os.Remove(filepath.Join(directory, filepath.FromSlash(kept.Key+".txt"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(directory, filepath.FromSlash(kept.Object())), []byte("forged"), 0o600); err != nil {
		t.Fatal(err)
	}
	printed, problems := run(t, exitFailure, "audit", "verify", "--store="+address)
	for _, want := range []string{"0 objects as they were stored, 1 gone", "replaced", kept.Object(), "record 7", "the records are whole", "head "} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
	if !strings.Contains(problems, "breaks at record 7 in "+kept.Object()) {
		t.Errorf("it ends with %s", problems)
	}
}

// TestAuditVerifySaysWhereTheHeadWasMended takes the head away, after which nobody knows whether records were cut off.
func TestAuditVerifySaysWhereTheHeadWasMended(t *testing.T) {
	directory := t.TempDir()
	address := audit.FileURL(directory)
	leave(t, address)
	leave(t, address)
	printed, _ := run(t, exitOK, "audit", "verify", "--store="+address)
	if strings.Contains(printed, "mended") {
		t.Errorf("nothing was mended:\n%s", printed)
	}
	if err := os.Remove(filepath.Join(directory, "trail", "head.json")); err != nil {
		t.Fatal(err)
	}
	leave(t, address)
	printed, _ = run(t, exitOK, "audit", "verify", "--store="+address)
	for _, want := range []string{"head mended", "record 13 at ", "may have been cut off"} {
		if !strings.Contains(printed, want) {
			t.Errorf("no %q in\n%s", want, printed)
		}
	}
}

func TestAuditExport(t *testing.T) {
	address := audit.FileURL(t.TempDir())
	leave(t, address)
	output := filepath.Join(t.TempDir(), "changes.csv")
	for name, test := range map[string]struct {
		arguments []string
		want      string
	}{
		"all":           {nil, "avery casey jo"},
		"one day":       {[]string{"--from=2026-02-01", "--to=2026-02-01"}, "casey"},
		"times":         {[]string{"--from=2026-01-31T09:00:01Z", "--to=2026-02-02T10:00:00+01:00"}, "casey"},
		"person":        {[]string{"--person= Jo@Example.com "}, "jo"},
		"workspace":     {[]string{"--workspace=sales"}, "avery casey jo"},
		"its namespace": {[]string{"--workspace=team/sales"}, "avery casey jo"},
		"another one":   {[]string{"--workspace=other/sales"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			arguments := append([]string{"audit", "export", "--store=" + address}, test.arguments...)
			printed, _ := run(t, exitOK, arguments...)
			rows, err := csv.NewReader(strings.NewReader(printed)).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var fromCSV, fromJSON []string
			for _, row := range rows[1:] {
				fromCSV = append(fromCSV, strings.TrimSuffix(row[3], "@example.com"))
			}
			printed, _ = run(t, exitOK, append(arguments, "--format=json")...)
			var changes []audit.Change
			if err := json.Unmarshal([]byte(printed), &changes); err != nil {
				t.Fatal(err)
			}
			for _, change := range changes {
				fromJSON = append(fromJSON, strings.TrimSuffix(change.Person, "@example.com"))
			}
			if strings.Join(fromCSV, " ") != test.want || !slices.Equal(fromCSV, fromJSON) {
				t.Errorf("CSV %v, JSON %v; want %s", fromCSV, fromJSON, test.want)
			}

			if stdout, _ := run(t, exitOK, append(arguments, "--output="+output)...); stdout != "" {
				t.Errorf("with --output it prints %s", stdout)
			}
			data, err := os.ReadFile(output)
			info, statErr := os.Stat(output)
			if err = errors.Join(err, statErr); err != nil || info.Mode().Perm() != 0o600 || strings.Count(string(data), "\n") != len(rows) {
				t.Errorf("the file has %v, %v: %s", info, err, data)
			}
		})
	}
	_, problems := run(t, exitFailure, "audit", "export", "--store="+address, "--output="+filepath.Join(t.TempDir(), "no", "such"))
	if !strings.Contains(problems, "no such file") {
		t.Errorf("an output that cannot be written: %s", problems)
	}
}

// TestAuditStoreInS3 keeps a trail in a bucket, by a server on this machine that does what the trail needs of S3.
func TestAuditStoreInS3(t *testing.T) {
	server := httptest.NewServer(&fakeS3{objects: map[string]string{}})
	t.Cleanup(server.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	address := "s3://bucket?prefix=clay/&region=eu-central-1&use_path_style=true&endpoint=" + server.URL
	leave(t, address)
	leave(t, address)
	printed, _ := run(t, exitOK, "audit", "verify", "--store="+address)
	if !strings.Contains(printed, "12 in 2 objects") {
		t.Errorf("it prints\n%s", printed)
	}
}

// fakeS3 puts, gets and lists objects in the order of their keys, and refuses to replace one where it is asked to.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string]string
}

func (f *fakeS3) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := strings.TrimPrefix(request.URL.Path, "/bucket/")
	body, there := f.objects[key]
	refuse := func(status int, code string) {
		writer.WriteHeader(status)
		_, _ = fmt.Fprintf(writer, "<Error><Code>%s</Code></Error>", code)
	}
	switch {
	case request.Method == http.MethodPut && there && request.Header.Get("If-None-Match") == "*":
		refuse(http.StatusPreconditionFailed, "PreconditionFailed")
	case request.Method == http.MethodPut:
		var content bytes.Buffer
		_, err := content.ReadFrom(request.Body)
		if err != nil {
			refuse(http.StatusInternalServerError, "InternalError")
			return
		}
		f.objects[key] = unchunked(content.String())
	case request.URL.Query().Has("list-type"):
		_, _ = fmt.Fprint(writer, "<ListBucketResult><IsTruncated>false</IsTruncated>")
		for _, key := range slices.Sorted(maps.Keys(f.objects)) {
			if strings.HasPrefix(key, request.URL.Query().Get("prefix")) {
				_, _ = fmt.Fprintf(writer, "<Contents><Key>%s</Key><Size>%d</Size><LastModified>2026-01-31T09:00:00Z</LastModified></Contents>",
					key, len(f.objects[key]))
			}
		}
		_, _ = fmt.Fprint(writer, "</ListBucketResult>")
	case request.Method == http.MethodGet && there:
		_, _ = fmt.Fprint(writer, body)
	case request.Method == http.MethodGet:
		refuse(http.StatusNotFound, "NoSuchKey")
	default:
		refuse(http.StatusNotImplemented, "NotImplemented")
	}
}

// unchunked takes the content out of a body in AWS's chunks, each of which is a size, a line end, and so many bytes.
func unchunked(body string) string {
	var content strings.Builder
	for {
		size, rest, found := strings.Cut(body, "\r\n")
		var length int
		if _, err := fmt.Sscanf(size, "%x", &length); !found || err != nil || length == 0 || length > len(rest) {
			break
		}
		content.WriteString(rest[:length])
		body = strings.TrimPrefix(rest[length:], "\r\n")
	}
	if content.Len() == 0 {
		return body
	}
	return content.String()
}

func TestAuditMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	for range 2 {
		counters, err := newAuditMetrics(registry)
		if err != nil {
			t.Fatal(err)
		}
		counters.count(audit.RecordStored, 3)
		if got := testutil.ToFloat64(counters.events.WithLabelValues(string(audit.RecordStored))); got != 3 {
			t.Errorf("%v records stored, want 3", got)
		}
	}
	if got, err := testutil.GatherAndCount(registry, "clay_audit_events_total"); err != nil || got != 6 {
		t.Errorf("%d series, %v; want one for each event", got, err)
	}
}
