package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/seatwright/clay-operator/internal/adopt"
	"github.com/seatwright/clay-operator/internal/manifest"
)

// mostFiles is how many files a report lists one by one.
const mostFiles = 20

// describe says what was written, what was left out, and what comes next.
func (o *importOptions) describe(result adopt.Result, changes manifest.Changes) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: %d files added, %d changed, %d removed, %d as they were. %d ClayUsers, %d groups, %d budgets.\n", o.directory,
		len(changes.Added), len(changes.Changed), len(changes.Removed), changes.Unchanged, len(result.Users),
		len(result.Workspace.Spec.Groups), len(result.Workspace.Spec.Budgets))
	// Of a directory that was empty nobody needs to know what is new.
	if changes.Unchanged+len(changes.Changed)+len(changes.Removed) > 0 {
		listFiles(&text, "added", changes.Added)
		listFiles(&text, "changed", changes.Changed)
		listFiles(&text, "removed", changes.Removed)
	}
	for _, note := range result.Notes {
		fmt.Fprintf(&text, "Note: %s\n", printable(note))
	}
	if len(changes.Added)+len(changes.Changed)+len(changes.Removed) == 0 {
		return text.String()
	}
	text.WriteString("\nNext:\n")
	if o.account.workspace == "" {
		fmt.Fprintf(&text, "  # The account that the operator signs in with. The manifests hold no secret.\n  kubectl create secret generic %s%s"+
			" --from-literal=email=%s --from-file=password=%s\n", o.secret, o.inNamespace(), quoted(o.account.email), quoted(o.passwordPath()))
	}
	fmt.Fprintf(&text, "  # What applying them would change: nothing, as long as nobody changes anything in Clay meanwhile.\n"+
		"  clay-operator plan%s --live --filename=%s\n  kubectl apply -k %s\n", o.inNamespace(), quoted(o.directory), quoted(filepath.Clean(o.directory)))
	return text.String()
}

func (o *importOptions) inNamespace() string {
	if o.account.namespace == "" {
		return ""
	}
	return " --namespace=" + o.account.namespace
}

// passwordPath is where the password is, as far as is known.
func (o *importOptions) passwordPath() string {
	if o.account.passwordFile == "" {
		return "password.txt"
	}
	return o.account.passwordFile
}

// plainWord is what a shell takes as it is.
var plainWord = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)

// quoted returns a text as a shell takes it for one word.
func quoted(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// listFiles names files, as many as somebody reads.
func listFiles(text *strings.Builder, verb string, files []string) {
	for i, file := range files {
		if i == mostFiles {
			fmt.Fprintf(text, "  %s %d more\n", verb, len(files)-mostFiles)
			return
		}
		fmt.Fprintf(text, "  %s %s\n", verb, file)
	}
}
