"""The music: hears, understands, composes, performs. Knows no chat, no database, no network."""
