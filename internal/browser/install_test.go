package browser

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestVersionAgreesWithPin guards the places that name the version: playwright-go 0.6000.0 is Playwright 1.60.0.
func TestVersionAgreesWithPin(t *testing.T) {
	content, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	match := regexp.MustCompile(`playwright-community/playwright-go v0\.(\d{2})(\d{2})\.(\d+)`).FindSubmatch(content)
	if match == nil {
		t.Fatal("go.mod does not pin playwright-go v0.NNNN.N")
	}
	want := "1." + string(match[1]) + "." + strings.TrimLeft(string(match[2]), "0")
	if strings.HasSuffix(want, ".") {
		want += "0"
	}
	if PlaywrightVersion != want {
		t.Errorf("PlaywrightVersion is %s, but go.mod pins the bindings of %s", PlaywrightVersion, want)
	}
	install, err := Locate(Options{})
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(install.DriverDir, "package", "package.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manifest), `"version": "`+PlaywrightVersion+`"`) {
		t.Errorf("the driver in %s is not version %s", install.DriverDir, PlaywrightVersion)
	}
}

// TestImageAgreesWithPin looks at what the image is built with, and at what its label says.
func TestImageAgreesWithPin(t *testing.T) {
	for file, line := range map[string]string{
		"../../hack/driver.sh": "version=" + PlaywrightVersion + "\n",
		"../../Dockerfile":     `dev.playwright.version="` + PlaywrightVersion + `"`,
	} {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(content), line) {
			t.Errorf("%s does not say %q", file, line)
		}
	}
}

func TestLocateNamesWhatIsMissing(t *testing.T) {
	empty := t.TempDir()
	t.Setenv("PATH", empty)
	t.Setenv(driverEnv, empty)
	t.Setenv(nodeEnv, "")
	t.Setenv(chromiumEnv, filepath.Join(empty, "no-chromium"))
	_, err := Locate(Options{})
	if err == nil {
		t.Fatal("Locate found a browser in an empty directory")
	}
	for _, want := range []string{
		"driver " + PlaywrightVersion + " is missing", "make setup", driverEnv, "--driver-dir",
		"Node.js is missing", "apt install nodejs", nodeEnv, "--node",
		"Chromium is missing", "apt install chromium-headless-shell", chromiumEnv, "--chromium",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestLocatePrecedence(t *testing.T) {
	program := func(name string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	driver := func() string {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "package"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "package", "cli.js"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	fromEnv := Install{DriverDir: driver(), Node: program("node"), Chromium: program("chromium")}
	t.Setenv(driverEnv, fromEnv.DriverDir)
	t.Setenv(nodeEnv, fromEnv.Node)
	t.Setenv(chromiumEnv, fromEnv.Chromium)
	fromOptions := Install{DriverDir: driver(), Node: program("node"), Chromium: program("chromium")}

	cases := map[string]struct {
		options Options
		want    Install
	}{
		"environment": {Options{}, fromEnv},
		"options win": {Options{DriverDir: fromOptions.DriverDir, Node: fromOptions.Node, Chromium: fromOptions.Chromium}, fromOptions},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Locate(c.options)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestSwitchesKeepPlaywrightsFeatures guards a trap: Chromium takes the last --disable-features only.
func TestSwitchesKeepPlaywrightsFeatures(t *testing.T) {
	for _, name := range switches {
		if strings.HasPrefix(name, "--disable-features") || strings.HasPrefix(name, "--enable-features") {
			t.Errorf("%s would drop Playwright's own list", name)
		}
	}
}
