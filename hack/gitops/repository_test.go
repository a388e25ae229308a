package gitops

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// repository is a Git repository: where people push to, and where the application pulls.
type repository struct {
	t *testing.T
	// origin is the work tree of whoever writes manifests; clone is the application's.
	origin, clone string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	r := &repository{t: t, origin: t.TempDir(), clone: t.TempDir()}
	r.git(r.origin, "init", "--quiet", "--initial-branch=main")
	r.git(r.origin, "commit", "--quiet", "--allow-empty", "--message=Begin")
	r.git(r.clone, "clone", "--quiet", r.origin, ".")
	return r
}

// git runs a command, in the user's place but without their configuration.
func (r *repository) git(directory string, arguments ...string) string {
	r.t.Helper()
	command := exec.CommandContext(r.t.Context(), "git", arguments...)
	command.Dir = directory
	command.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_SYSTEM="+os.DevNull,
		"GIT_AUTHOR_NAME=Jo", "GIT_AUTHOR_EMAIL=jo@example.com", "GIT_COMMITTER_NAME=Jo", "GIT_COMMITTER_EMAIL=jo@example.com")
	output, err := command.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return strings.TrimSpace(string(output))
}

// commit writes files, removes those without content, and commits.
func (r *repository) commit(message string, files map[string]string) {
	r.t.Helper()
	for name, content := range files {
		path := filepath.Join(r.origin, name)
		if content == "" {
			if err := os.Remove(path); err != nil {
				r.t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git(r.origin, "add", "--all")
	r.git(r.origin, "commit", "--quiet", "--message="+message)
}

// revert takes the last commit back.
func (r *repository) revert() {
	r.t.Helper()
	r.git(r.origin, "revert", "--no-edit", "HEAD")
}

// pull fetches what was committed, and returns the manifests and the revision.
func (r *repository) pull() (manifests []*unstructured.Unstructured, revision string) {
	r.t.Helper()
	r.git(r.clone, "pull", "--quiet", "--ff-only")
	for name := range strings.FieldsSeq(r.git(r.clone, "ls-files")) {
		text, err := os.ReadFile(filepath.Join(r.clone, name))
		if err != nil {
			r.t.Fatal(err)
		}
		found, err := kube.SplitYAML(text)
		if err != nil {
			r.t.Fatalf("%s: %v", name, err)
		}
		manifests = append(manifests, found...)
	}
	return manifests, r.git(r.clone, "rev-parse", "HEAD")
}
