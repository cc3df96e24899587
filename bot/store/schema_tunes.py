"""The tables of the tunes people teach, of what was found, and of songs that grew from songs."""

from sqlite_utils import Database

from bot.store.schema import migrations


@migrations()
def m005_tunes(db: Database) -> None:
    """Tunes taught to a scope (a person's or a place's key), what was found and said of it, and what the index
    files hold. Triggers note which of those no longer tell the truth, whoever changed what."""
    db.executescript("""
        CREATE TABLE tunes (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, scope TEXT NOT NULL,
            owner_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, title TEXT NOT NULL,
            melody TEXT NOT NULL, job_id INTEGER UNIQUE, created_at REAL NOT NULL);
        CREATE INDEX tunes_of ON tunes(scope, id DESC);
        CREATE TABLE findings (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE,
            user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, place TEXT NOT NULL,
            melody TEXT NOT NULL, matches TEXT NOT NULL, verdicts TEXT NOT NULL DEFAULT '{}',
            job_id INTEGER UNIQUE, created_at REAL NOT NULL);
        CREATE TABLE indexed (scope TEXT NOT NULL, token TEXT NOT NULL, PRIMARY KEY (scope, token));
        CREATE TABLE stale_indices (scope TEXT PRIMARY KEY);
        CREATE INDEX access_of ON access(holder);
        CREATE INDEX songs_in_family ON songs(family);

        CREATE TRIGGER song_added AFTER INSERT ON songs BEGIN
            INSERT OR IGNORE INTO stale_indices SELECT key FROM users WHERE id = NEW.owner_id; END;
        CREATE TRIGGER song_gone AFTER DELETE ON songs BEGIN
            INSERT OR IGNORE INTO stale_indices SELECT key FROM users WHERE id = OLD.owner_id; END;
        CREATE TRIGGER access_given AFTER INSERT ON access BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (NEW.holder); END;
        CREATE TRIGGER access_gone AFTER DELETE ON access BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (OLD.holder); END;
        CREATE TRIGGER access_moved AFTER UPDATE ON access BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (OLD.holder), (NEW.holder); END;
        CREATE TRIGGER tune_taught AFTER INSERT ON tunes BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (NEW.scope); END;
        CREATE TRIGGER tune_gone AFTER DELETE ON tunes BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (OLD.scope); END;
        CREATE TRIGGER tune_moved AFTER UPDATE ON tunes BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (OLD.scope), (NEW.scope); END;
        CREATE TRIGGER person_gone AFTER DELETE ON users BEGIN
            INSERT OR IGNORE INTO stale_indices VALUES (OLD.key); END;

        -- What was made before there were indices is to be found too.
        INSERT OR IGNORE INTO stale_indices SELECT key FROM users WHERE id IN (SELECT owner_id FROM songs);
        INSERT OR IGNORE INTO stale_indices SELECT holder FROM access;
    """)


@migrations()
def m006_parents_and_plays(db: Database) -> None:
    """Which songs a song grew from and how, how often it was played, and what its tune is known to be."""
    db.executescript("""
        CREATE TABLE parents (
            song_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE,
            parent_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE,
            how TEXT NOT NULL, PRIMARY KEY (song_id, parent_id));
        CREATE INDEX children_of ON parents(parent_id);
        ALTER TABLE songs ADD COLUMN plays INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE songs ADD COLUMN sounds_like TEXT NOT NULL DEFAULT '';
    """)
