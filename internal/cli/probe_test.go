package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seatwright/clay-operator/internal/browser"
	"github.com/seatwright/clay-operator/internal/claysim"
	"github.com/seatwright/clay-operator/internal/clayweb"
	"github.com/seatwright/clay-operator/internal/sidecar"
)

// startClay starts a simulator with the sample world.
func startClay(t *testing.T) *claysim.Server {
	t.Helper()
	server, err := claysim.Start(claysim.Options{Seed: claysim.Sample()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server
}

// probe runs the command against a simulator, and returns its exit code, its output and the directory of the report.
func probe(t *testing.T, server *claysim.Server, password string, more ...string) (code int, output, directory string) {
	t.Helper()
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte(password+"\n"), probeFileMode); err != nil {
		t.Fatal(err)
	}
	directory = filepath.Join(t.TempDir(), "report")
	arguments := append([]string{
		"probe", "--workspace-id", fmt.Sprint(claysim.SampleWorkspace), "--email", claysim.SampleEmail, "--app-url", server.AppURL(),
		"--password-file", secret, "--output", directory,
	}, more...)
	var stdout, stderr bytes.Buffer
	code = Run(arguments, &stdout, &stderr)
	t.Logf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
	return code, stdout.String(), directory
}

func TestProbeTellsThatEverythingIsFound(t *testing.T) {
	server := startClay(t)
	code, output, directory := probe(t, server, claysim.SamplePassword)
	if code != exitOK {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{
		"v20260403_221301Z_9894a0108e", "8, and 2 open invitations; read from the data that the page loads, to the end",
		"team.invite", "rung 1: role button named + Invite or Invite", " 0 not found", "nothing was clicked that sends", issues, directory,
	} {
		if !strings.Contains(output, want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	names := checkReport(t, directory)
	for _, want := range []string{"report.json", "report.txt", "01-log-in.png", "01-log-in.txt", "02-team.png", "06-dialog-for-invitations.png"} {
		if !names[want] {
			t.Errorf("there is no %s in %v", want, names)
		}
	}
	if names["drift.json"] || len(server.Journal()) > 0 {
		t.Errorf("files %v, written %v", names, server.Journal())
	}
	// What is there already is not mixed with another walk.
	if code := Run([]string{"probe", "--workspace-id=1", "--email=jo@example.com", "--session-file=" + filepath.Join(directory, "report.txt"),
		"--output=" + directory}, io.Discard, io.Discard); code != exitUsage {
		t.Errorf("a full directory: exit code %d", code)
	}
}

func TestProbeTellsWhatIsNotFound(t *testing.T) {
	server := startClay(t)
	server.Inject(claysim.Fault{Kind: claysim.FaultRenamedLabel, Label: claysim.LabelSubmit, Text: "Dispatch"})
	code, output, directory := probe(t, server, claysim.SamplePassword, "--json")
	if code != exitFindings {
		t.Errorf("exit code %d, want %d", code, exitFindings)
	}
	var told clayweb.Probe
	if err := json.Unmarshal([]byte(output), &told); err != nil {
		t.Fatal(err)
	}
	if told.AllFound() || told.Members != 8 {
		t.Errorf("the output is %s", output)
	}
	names := checkReport(t, directory)
	if !names["drift.json"] || !names["override.yaml"] {
		t.Errorf("files %v", names)
	}
	// The proposed override can be tried at once.
	code, _, _ = probe(t, server, claysim.SamplePassword, "--locators", filepath.Join(directory, "override.yaml"))
	if code != exitOK || len(server.Journal()) > 0 {
		t.Errorf("exit code %d, written %v", code, server.Journal())
	}
}

func TestProbeThatCannotSignIn(t *testing.T) {
	code, output, directory := probe(t, startClay(t), "wrong")
	if code != exitFailure || !strings.Contains(output, "The walk ended early") {
		t.Errorf("exit code %d", code)
	}
	checkReport(t, directory)
}

// A session is as good as a password while it lasts. When it has lapsed, the probe says what it lacks.
func TestProbeWithASessionAlone(t *testing.T) {
	t.Setenv(passwordVariable, "")
	server := startClay(t)
	file := filepath.Join(t.TempDir(), "session")
	if err := os.WriteFile(file, sessionOf(t, server), probeFileMode); err != nil {
		t.Fatal(err)
	}
	withSession := func(directory string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := Run([]string{
			"probe", "--workspace-id", fmt.Sprint(claysim.SampleWorkspace), "--email", claysim.SampleEmail, "--app-url", server.AppURL(),
			"--session-file", file, "--output", directory,
		}, &stdout, &stderr)
		t.Logf("exit code %d\n%s%s", code, stdout.String(), stderr.String())
		return code, stdout.String() + stderr.String()
	}
	logIns := len(server.LogIns())
	if code, _ := withSession(filepath.Join(t.TempDir(), "report")); code != exitOK || len(server.LogIns()) != logIns {
		t.Errorf("exit code %d, %d log-ins", code, len(server.LogIns())-logIns)
	}
	server.EndSessions()
	code, said := withSession(filepath.Join(t.TempDir(), "report"))
	for _, want := range []string{"LoginNeeded", "there is nothing to sign in with", "The walk ended early"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if code != exitFailure || len(server.LogIns()) != logIns {
		t.Errorf("exit code %d, %d log-ins", code, len(server.LogIns())-logIns)
	}
}

// sessionOf signs in and returns the session.
func sessionOf(t *testing.T, server *claysim.Server) []byte {
	t.Helper()
	chromium, err := browser.Start(t.Context(), browser.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer chromium.Close()
	backend, err := clayweb.New(chromium, nil)
	if err != nil {
		t.Fatal(err)
	}
	observation, err := backend.Observe(t.Context(), sidecar.Workspace{
		ID: fmt.Sprint(claysim.SampleWorkspace), AppURL: server.AppURL(),
		Login: sidecar.Login{Email: claysim.SampleEmail, Password: claysim.SamplePassword},
	})
	if err != nil {
		t.Fatal(err)
	}
	return observation.Session
}

// checkReport looks for people and secrets in everything but the pictures, and returns the names of the files.
func checkReport(t *testing.T, directory string) map[string]bool {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, entry := range entries {
		names[entry.Name()] = true
		content, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(entry.Name(), ".png") {
			continue
		}
		for _, private := range []string{"@example.com", "Theo Almeida", "Ines Okafor", claysim.SamplePassword} {
			if strings.Contains(string(content), private) {
				t.Errorf("%s holds %q", entry.Name(), private)
			}
		}
	}
	return names
}
