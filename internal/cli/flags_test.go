package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// TestMistakesAreExplained runs commands that must end before they begin anything.
func TestMistakesAreExplained(t *testing.T) {
	t.Setenv(inClusterVariable, "")
	t.Setenv(passwordVariable, "")
	cases := []struct {
		arguments string
		want      string
	}{
		{"manage", "approve, audit, browser, completion"},
		{"version now", "unexpected argument"},
		{"manager now", "unexpected argument"},
		{"manager --no-such-flag", "--no-such-flag"},
		{"manager --evidence=never", "--evidence=never: use failure or always"},
		{"manager --concurrent-workspaces=0", "--concurrent-workspaces=0: use a number from 1"},
		{"manager --concurrent-workspaces=many", "--concurrent-workspaces"},
		{"manager --invitation-lifetime=7m", "--invitation-lifetime=7m0s: use at least 1h"},
		{"manager --expiry-warning=3s", "--expiry-warning=3s: use at least 1m"},
		{"manager --namespace=Not_One", "--namespace=Not_One"},
		{"manager --leader-elect", "--leader-election-namespace"},
		{"manager --metrics-bind-address=8080", "--metrics-bind-address=8080: use an address such as :8080"},
		{"manager --pprof-bind-address=6060", "--pprof-bind-address=6060: use an address"},
		{"manager --metrics-cert-dir=/tls", "--metrics-cert-dir=/tls is for --metrics-secure"},
		{"manager --health-probe-bind-address=nonsense:x:y", "--health-probe-bind-address"},
		{"manager --log-level=loud", "--log-level=loud: use debug, info, warn or error"},
		{"manager --log-format=xml", "--log-format=xml: use text or json"},
		{"manager --browser-socket=browser.sock", "--browser-socket"},
		{"manager --browser-socket=/b.sock --node=/usr/bin/node", "--node=/usr/bin/node is for a browser that the manager starts itself"},
		{"manager --sandbox=maybe", "--sandbox=maybe: use auto, required or off"},
		{"manager --audit-store=/var/lib/clay", "--audit-store: there is no store for the scheme"},
		{"manager --audit-store=file://var/lib/clay", "use file:///var/lib/clay"},
		{"manager --audit-retention=400m", "--audit-retention=6h40m0s: use at least 24h"},
		{"manager --evidence-retention=0", "--evidence-retention=0s: use at least 24h"},
		{"manager --evidence-url=evidence.example.com", "--evidence-url: use the beginning of a link"},
		{"manager --evidence-url=https://jo:secret@evidence.example.com/", "--evidence-url: a link must not hold credentials"},
		{"audit check", "use verify or export"},
		{"audit verify now", "unexpected argument"},
		{"audit verify --store=nowhere", "--store: there is no store"},
		{"audit verify --expect=12", "--expect=12: use the number of a record, a colon and its hash"},
		{"audit verify --expect=0:" + strings.Repeat("a", sha256Digits), "--expect"},
		{"audit verify --expect=1:" + strings.Repeat("g", sha256Digits), "--expect"},
		{"audit export --store=file:///tmp/none --format=xls", "--format=xls: use csv or json"},
		{"audit export --from=31.01.2026", "--from=31.01.2026: use a date such as 2026-01-31"},
		{"audit export --to=yesterday", "--to=yesterday: use a date"},
		{"audit export --from=2026-02-01 --to=2026-01-31", "nothing is between them"},
		{"audit export --person=casey", "--person"},
		{"probe", "--workspace-id and --email are needed, or --workspace"},
		{"probe --workspace-id=1", "--workspace-id and --email are needed"},
		{"probe --workspace-id=1 --email=jo@example.com", "--password-file, --session-file or the variable CLAY_PASSWORD is needed"},
		{"probe --workspace-id=1 --email=jo --session-file=x", "--email"},
		{"probe --workspace-id=1 --email=jo@example.com --session-file=x --app-url=http://clay.example.com", "--app-url=http://clay.example.com"},
		{"probe --workspace=sales --email=jo@example.com", "--workspace=sales says it all"},
		{"probe --namespace=sales --workspace-id=1 --email=jo@example.com", "--namespace=sales goes with --workspace"},
		{"probe --workspace=sales --sandbox=maybe", "--sandbox=maybe: use auto, required or off"},
		{"browser --sandbox=maybe", "--sandbox=maybe: use auto, required or off"},
		{"browser --max-sessions=0", "--max-sessions=0: use a number from 1"},
		{"browser --max-sessions=1000", "--max-sessions=1000: use a number from 1"},
		{"browser --memory-limit=lots", "--memory-limit=lots: use an amount such as 1400Mi"},
		{"browser --memory-limit=-1", "--memory-limit=-1: use an amount"},
		{"browser --listen=tcp://127.0.0.1:80", "--listen"},
		{"browser --log-format=xml", "--log-format=xml: use text or json"},
		{"login", "--workspace=: give the name of a ClayWorkspace"},
		{"login sales", "unexpected argument"},
		{"login --workspace=Sales_1", "--workspace=Sales_1"},
		{"login --workspace=sales --namespace=a/b", "--namespace=a/b"},
		{"login --workspace=sales --timeout=1s", "--timeout=1s: use a duration from 30s"},
		{"login --workspace=sales --timeout=1h", "--timeout=1h0m0s: use a duration from 30s"},
	}
	for _, test := range cases {
		t.Run(test.arguments, func(t *testing.T) {
			var stderr bytes.Buffer
			if code := Run(strings.Fields(test.arguments), io.Discard, &stderr); code != exitUsage {
				t.Errorf("exit code %d, want %d", code, exitUsage)
			}
			if !strings.Contains(stderr.String(), test.want) || !strings.Contains(stderr.String(), "--help") {
				t.Errorf("it says %q, want %q and where help is", stderr.String(), test.want)
			}
		})
	}
}

// parse returns the options of a manager as the flags set them.
func parse(t *testing.T, arguments ...string) (*managerOptions, *cobra.Command) {
	t.Helper()
	var options managerOptions
	command := &cobra.Command{Use: "manager"}
	options.bind(command.Flags())
	if err := command.ParseFlags(arguments); err != nil {
		t.Fatal(err)
	}
	return &options, command
}

func TestFlagsThatAreRight(t *testing.T) {
	t.Setenv(inClusterVariable, "")
	cases := map[string][]string{
		"none":            {},
		"off":             {"--metrics-bind-address=0", "--health-probe-bind-address=0"},
		"addresses":       {"--metrics-bind-address=127.0.0.1:9000", "--health-probe-bind-address=[::1]:9001"},
		"namespaces":      {"--namespace=a,b", "--namespace=c"},
		"election":        {"--leader-elect", "--leader-election-namespace=clay"},
		"running browser": {"--browser-socket=unix:///run/clay/browser.sock"},
		"buckets":         {"--audit-store=s3://bucket?prefix=clay/&region=eu-central-1", "--audit-retention=24h", "--evidence-retention=24h"},
		"links":           {"--evidence-url=https://console.example.com/browse?prefix=clay/"},
		"own browser":     {"--sandbox=off", "--memory-limit=1400Mi", "--max-sessions=2"},
	}
	for name, arguments := range cases {
		t.Run(name, func(t *testing.T) {
			options, command := parse(t, arguments...)
			if err := options.validate(command); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDefaultsFollowTheMachine(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/cache")
	t.Setenv("HOME", "/home")
	t.Setenv(inClusterVariable, "")
	outside, command := parse(t)
	if err := outside.validate(command); err != nil {
		t.Fatal(err)
	}
	if outside.leaderElect {
		t.Error("leader election is on outside a cluster")
	}
	if !strings.HasPrefix(outside.audit.store, "file:///") || !strings.HasSuffix(outside.audit.store, "/clay-operator/audit") {
		t.Errorf("the audit store is %q", outside.audit.store)
	}

	t.Setenv(inClusterVariable, "10.0.0.1")
	inside, command := parse(t)
	if err := inside.validate(command); err != nil {
		t.Fatal(err)
	}
	if !inside.leaderElect {
		t.Error("leader election is off in a cluster")
	}
}

// TestTheOwnBrowserGetsItsFlags parses what the manager passes on with the browser's own flags.
func TestTheOwnBrowserGetsItsFlags(t *testing.T) {
	given := []string{
		"--chromium=/opt/a b/chromium", "--driver-dir=/opt/driver", "--node=/opt/node", "--sandbox=off",
		"--self-test=false", "--max-sessions=7", "--memory-limit=1Gi",
	}
	options, command := parse(t, append(given, "--log-format=json", "--log-level=debug", "--namespace=a")...)
	passed := options.browserCommand("unix:///s/b.sock", changedFlags(command.Flags()))

	if passed[0] != "browser" {
		t.Fatalf("the command is %q", passed)
	}
	child := newBrowser()
	if err := child.ParseFlags(passed[1:]); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"listen": "unix:///s/b.sock", exitWithParent: "true", "log-format": "json", "log-level": "debug",
		"chromium": "/opt/a b/chromium", "driver-dir": "/opt/driver", "node": "/opt/node", "sandbox": "off",
		"self-test": "false", "max-sessions": "7", "memory-limit": "1Gi",
	}
	got := map[string]string{}
	for name := range want {
		got[name] = child.Flags().Lookup(name).Value.String()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("flags of the browser (-want +got):\n%s", diff)
	}
}

func TestHelp(t *testing.T) {
	for _, arguments := range [][]string{
		{}, {"--help"}, {"manager", "--help"}, {"browser", "--help"}, {"login", "--help"}, {"probe", "--help"}, {"report", "--help"},
		{"import", "--help"},
		{"audit"}, {"audit", "export", "--help"},
	} {
		var stdout, stderr bytes.Buffer
		if code := Run(arguments, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
			t.Errorf("%q: exit code %d, %s", arguments, code, stderr.String())
		}
		if !strings.Contains(stdout.String(), "Usage:") || strings.Contains(stdout.String(), exitWithParent) {
			t.Errorf("%q prints:\n%s", arguments, stdout.String())
		}
	}
}

func TestVersion(t *testing.T) {
	var stdout bytes.Buffer
	if code := Run([]string{"version"}, &stdout, io.Discard); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	if !strings.HasPrefix(stdout.String(), "clay-operator ") || !strings.Contains(stdout.String(), "Playwright 1.") {
		t.Errorf("it prints %q", stdout.String())
	}
}

func TestLeases(t *testing.T) {
	if got := leaseOf(nil); got != leaseName {
		t.Errorf("all namespaces: %s", got)
	}
	if leaseOf([]string{"a", "b"}) != leaseOf([]string{"b", "a", "b"}) {
		t.Error("the order of namespaces makes another lease")
	}
	if leaseOf([]string{"a"}) == leaseOf([]string{"b"}) || leaseOf([]string{"a"}) == leaseName {
		t.Error("operators for different namespaces share a lease")
	}
}
