package clayweb

import (
	"net/url"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// providers are the identity providers whose pages are known. Any other one is a plain form.
var providers = []*site{&oktaSite, &entraSite, &googleSite, &oneloginSite}

// siteOf says whose page it is: by its host; by how it looks, because companies give their log-in a host of their own; or that of a
// provider that is not known.
func (l *logIn) siteOf(page playwright.Page, address *url.URL) (*site, error) {
	for _, known := range providers {
		if known.owns(address.Hostname()) {
			return known, nil
		}
	}
	origin := address.Scheme + "://" + address.Host
	if known := l.sites[origin]; known != nil {
		return known, nil
	}
	for _, known := range providers {
		shown, err := l.visit.shows(page, known.mark)
		if err != nil {
			return nil, err
		}
		if shown {
			l.sites[origin] = known
			return known, nil
		}
	}
	return &formSite, nil
}

// owns says whether a host is one of the provider's.
func (s *site) owns(host string) bool {
	for _, domain := range s.domains {
		if inDomain(host, domain) {
			return true
		}
	}
	return false
}

// inDomain says whether a host is of a domain.
func inDomain(host, domain string) bool {
	host = strings.ToLower(host)
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// isLookAlike says whether a host carries the name of a provider somewhere else than at its end, where it means something.
func isLookAlike(host string) bool {
	host = strings.ToLower(host)
	for _, known := range providers {
		for _, domain := range known.domains {
			if strings.Contains("."+host+".", "."+domain+".") && !inDomain(host, domain) {
				return true
			}
		}
	}
	return false
}
