// Package clayweb knows Clay's pages: how to sign in, where the members of a workspace are listed, how to invite, to change
// a role and to remove, and how to prove that it worked. It implements sidecar.Backend upon internal/browser.
//
// All that is known of Clay's user interface lives here and nowhere else; labels and structures are data, in locators.yaml.
//
// What it may not do: write on a page that does not match what it knows, repeat an action whose outcome is unknown, conclude
// absence from an incomplete list, act on a row that does not hold exactly the address in question, or put a password,
// a cookie or text of a page into an error, a log or a result.
package clayweb
