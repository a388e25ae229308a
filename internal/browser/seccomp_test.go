package browser

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// seccompProfile is the part of an OCI seccomp profile that is looked at.
type seccompProfile struct {
	DefaultAction string
	Architectures []string
	Syscalls      []struct {
		Names  []string
		Action string
		Args   []struct {
			Index uint
			Value uint64
			Op    string
		}
	}
}

// TestSeccompProfileOpensNoMoreThanTheSandboxNeeds guards the profile that gives Chromium its sandbox: namespaces of users, processes and networks and
// a root directory of its own, and nothing else that a runtime's default keeps closed to a container without capabilities.
func TestSeccompProfileOpensNoMoreThanTheSandboxNeeds(t *testing.T) {
	content, err := os.ReadFile("../../config/seccomp/chromium.json")
	if err != nil {
		t.Fatal(err)
	}
	var profile seccompProfile
	if err := json.Unmarshal(content, &profile); err != nil {
		t.Fatal(err)
	}
	if profile.DefaultAction != "SCMP_ACT_ERRNO" {
		t.Errorf("what it does not name is %s", profile.DefaultAction)
	}
	if want := []string{"SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64"}; !slices.Equal(profile.Architectures, want) {
		t.Errorf("it is for %v, the images are for %v", profile.Architectures, want)
	}
	// The flags of <linux/sched.h> for namespaces of mounts, control groups, host names and System V objects.
	const closed = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000
	allowed := map[string]bool{}
	for _, rule := range profile.Syscalls {
		for _, name := range rule.Names {
			allowed[name] = allowed[name] || rule.Action == "SCMP_ACT_ALLOW"
			if name != "clone" && name != "unshare" {
				continue
			}
			if len(rule.Args) != 1 || rule.Args[0].Op != "SCMP_CMP_MASKED_EQ" || rule.Args[0].Value != closed {
				t.Errorf("%s is allowed with %+v", name, rule.Args)
			}
		}
	}
	for _, name := range []string{"clone", "unshare", "chroot", "seccomp", "execve"} {
		if !allowed[name] {
			t.Errorf("%s is not allowed", name)
		}
	}
	// What a runtime gives only to a container with capabilities, and clone3, whose flags seccomp cannot see.
	for _, name := range []string{
		"clone3", "setns", "mount", "umount2", "pivot_root", "move_mount", "open_tree", "fsopen", "bpf", "perf_event_open", "init_module", "finit_module",
		"kexec_load", "open_by_handle_at", "keyctl", "add_key", "userfaultfd", "io_uring_setup", "reboot", "swapon", "quotactl", "sethostname", "syslog",
		"acct", "iopl", "ioperm", "process_madvise", "kcmp",
	} {
		if allowed[name] {
			t.Errorf("%s is allowed", name)
		}
	}
}
