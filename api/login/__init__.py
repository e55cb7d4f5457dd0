"""Login of people by their browser: authorisation code with PKCE, and a sealed session."""
