package claysim

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
