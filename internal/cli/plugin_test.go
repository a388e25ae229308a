package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestPluginIsNamedAsKubectlNamesIt(t *testing.T) {
	var out bytes.Buffer
	if code := Main([]string{"/usr/local/bin/kubectl-clay", "--help"}, &out, io.Discard); code != exitOK {
		t.Fatalf("exit code %d", code)
	}
	for _, want := range []string{"kubectl clay [command]", "status", "who", "plan", "approve", "login", "probe", "export", "completion"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("its help has no %q:\n%s", want, out.String())
		}
	}
	for _, unwanted := range []string{"manager", "  browser "} {
		if strings.Contains(out.String(), unwanted) {
			t.Errorf("its help has %q, which is nothing for people:\n%s", unwanted, out.String())
		}
	}
}

func TestPluginNamesItselfInMistakes(t *testing.T) {
	var says bytes.Buffer
	if code := Main([]string{"kubectl-clay.exe", "stauts"}, io.Discard, &says); code != exitUsage {
		t.Errorf("exit code %d, want %d", code, exitUsage)
	}
	for _, want := range []string{`there is no subcommand "stauts"`, "status", "kubectl clay --help"} {
		if !strings.Contains(says.String(), want) {
			t.Errorf("it says %q, want %q in it", says.String(), want)
		}
	}
}

func TestProgramKeepsItsName(t *testing.T) {
	var out bytes.Buffer
	if code := Main([]string{"clay-operator", "--help"}, &out, io.Discard); code != exitOK || !strings.Contains(out.String(), "manager") {
		t.Errorf("exit code %d:\n%s", code, out.String())
	}
}

// TestKubectlCompletes asks as kubectl does for a plugin: by a program of its own that gets the arguments alone.
func TestKubectlCompletes(t *testing.T) {
	for want, arguments := range map[string][]string{
		"who\t":                           {""},
		"table\njson\nyaml\n:":            {"status", "--output", ""},
		"table\njson\nyaml\nmarkdown\n:":  {"plan", "--output", ""},
		"table\njson\nyaml\ncsv\nhtml\n:": {"report", "-o", ""},
	} {
		var out bytes.Buffer
		if code := Main(append([]string{"kubectl_complete-clay"}, arguments...), &out, io.Discard); code != exitOK {
			t.Errorf("%q: exit code %d", arguments, code)
		}
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is completed by %q, want %q among it", arguments, out.String(), want)
		}
	}
}

func TestCompletionScriptsAreThere(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		var out bytes.Buffer
		if code := Run([]string{"completion", shell}, &out, io.Discard); code != exitOK || !strings.Contains(out.String(), "__complete") {
			t.Errorf("%s: exit code %d, %d bytes", shell, code, out.Len())
		}
	}
}

func TestExportIsThatOfTheTrail(t *testing.T) {
	var says bytes.Buffer
	if code := Main([]string{"kubectl-clay", "export", "--format=xml"}, io.Discard, &says); code != exitUsage || !strings.Contains(says.String(), "--format=xml") {
		t.Errorf("exit code %d, %q", code, says.String())
	}
}
