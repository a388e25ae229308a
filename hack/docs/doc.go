// Package docs holds the tests of what is written for people: that every link between the pages leads somewhere.
package docs
