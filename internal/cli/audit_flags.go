package cli

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/seatwright/clay-operator/internal/audit"
)

// leastRetention keeps a slip of the unit from removing the trail of an afternoon.
const leastRetention = 24 * time.Hour

// auditFlags say where the trail and the evidence are kept, and for how long.
type auditFlags struct {
	store             string
	retention         time.Duration
	evidenceRetention time.Duration
	evidenceURL       string
}

func (f *auditFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.store, "audit-store", "",
		"`URL` of the directory or bucket for the audit trail and the pictures, such as file:///var/lib/clay-operator or "+
			"s3://bucket?prefix=clay/&region=eu-central-1 (default clay-operator/audit in the user's cache directory)")
	flags.DurationVar(&f.retention, "audit-retention", audit.DefaultRetention,
		"`age` at which records of the audit trail are removed; the default is 400 days")
	flags.DurationVar(&f.evidenceRetention, "evidence-retention", audit.DefaultEvidenceRetention,
		"`age` at which pictures are removed, of which the newest 200 stay at most; the default is 30 days")
	flags.StringVar(&f.evidenceURL, "evidence-url", "",
		"`prefix` that makes a link of the key of a picture, such as https://evidence.example.com/, for conditions and notices (default no "+
			"links: the key and the store are told)")
}

// validate returns a mistake in the flags, and fills in the default that depends on the machine.
func (f *auditFlags) validate() error {
	if f.retention < leastRetention {
		return usagef("--audit-retention=%s: use at least %s", f.retention, leastRetention)
	}
	if f.evidenceRetention < leastRetention {
		return usagef("--evidence-retention=%s: use at least %s", f.evidenceRetention, leastRetention)
	}
	if err := checkEvidenceURL(f.evidenceURL); err != nil {
		return usagef("--evidence-url: %w", err)
	}
	return locateStore("audit-store", &f.store)
}

// checkEvidenceURL returns what is wrong with the beginning of links to evidence, or nil.
func checkEvidenceURL(prefix string) error {
	if prefix == "" {
		return nil
	}
	parsed, err := url.Parse(prefix)
	switch {
	case err != nil, parsed.Scheme != "https" && parsed.Scheme != "http", parsed.Host == "":
		return errors.New("use the beginning of a link, such as https://evidence.example.com/")
	case parsed.User != nil:
		return errors.New("a link must not hold credentials: it is told in conditions and notices")
	default:
		return nil
	}
}

// locateStore checks the URL of a store that a flag gave, or fills in the default.
func locateStore(flag string, address *string) error {
	if *address == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return usagef("there is no cache directory for the audit trail (%w): name a place with --%s", err, flag)
		}
		*address = audit.FileURL(filepath.Join(cache, "clay-operator", "audit"))
	}
	if err := audit.CheckURL(*address); err != nil {
		return usagef("--%s: %w", flag, err)
	}
	return nil
}
