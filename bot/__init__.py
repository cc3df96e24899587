"""The service: knows chats, users and files; reaches the music only through ``core.studio``."""
