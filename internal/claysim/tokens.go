package claysim

import "slices"

// Codes are the one-time codes so far that were sent by e-mail or typed at an identity provider.
func (s *Server) Codes() []string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	codes := slices.Clone(s.world.typed)
	for _, mail := range s.world.outbox {
		if mail.Code != "" {
			codes = append(codes, mail.Code)
		}
	}
	return codes
}

// Tokens are the values that nobody but a browser and this server may know: those of the session cookies at this moment, and
// the API tokens of the accounts that can sign in. A test looks for them where none of them may be.
func (s *Server) Tokens() []string {
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	var tokens []string
	for token := range s.world.sessions {
		tokens = append(tokens, token)
	}
	for _, owner := range s.world.accounts {
		if owner.Password != "" {
			tokens = append(tokens, owner.apiToken)
		}
	}
	return tokens
}
