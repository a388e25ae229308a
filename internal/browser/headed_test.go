package browser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckScreen(t *testing.T) {
	for _, test := range []struct {
		system, variable string
		ok               bool
	}{
		{"linux", "", false},
		{"linux", "DISPLAY", true},
		{"linux", "WAYLAND_DISPLAY", true},
		{"darwin", "", true},
	} {
		err := checkScreen(test.system, func(name string) string {
			if name == test.variable {
				return ":0"
			}
			return ""
		})
		if (err == nil) != test.ok {
			t.Errorf("%s with %q: %v", test.system, test.variable, err)
		}
		if err != nil && !strings.Contains(err.Error(), "desktop") {
			t.Errorf("the error says no remedy: %v", err)
		}
	}
}

func TestLocateHeaded(t *testing.T) {
	directory := t.TempDir()
	program := func(name string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shell, full, other := program("chromium-headless-shell"), program("google-chrome"), program("another")
	original := headedNames
	headedNames = []string{"google-chrome"}
	t.Cleanup(func() { headedNames = original })
	t.Setenv("DISPLAY", ":0")
	for _, test := range []struct {
		name, path, environment, option string
		want, complaint                 string
	}{
		{name: "found", path: directory, want: full},
		{name: "by the option", path: directory, environment: full, option: other, want: other},
		{name: "by the environment", path: directory, environment: other, want: other},
		{name: "the operator's headless shell is passed over", path: directory, environment: shell, want: full},
		{name: "a headless shell by the option", path: directory, option: shell, complaint: "--browser"},
		{name: "nothing", path: t.TempDir(), complaint: "apt install chromium"},
		{name: "an option that is not there", path: directory, option: filepath.Join(directory, "none"), complaint: "--browser"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			t.Setenv(chromiumEnv, test.environment)
			got, err := locateHeaded(test.option)
			if got != test.want || (err == nil) != (test.complaint == "") {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
			if err != nil && !strings.Contains(err.Error(), test.complaint) {
				t.Errorf("the error %v does not say %q", err, test.complaint)
			}
		})
	}
}
