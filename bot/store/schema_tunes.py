"""The tables of the tunes people teach, of what was found, and of songs that grew from songs."""

from sqlite_utils import Database

from bot.store.schema import migrations


@migrations()
def m006_tunes(db: Database) -> None:
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

        -- What was made before there were indices is to be found too.
        INSERT OR IGNORE INTO stale_indices SELECT key FROM users WHERE id IN (SELECT owner_id FROM songs);
        INSERT OR IGNORE INTO stale_indices SELECT holder FROM access;
    """)
    for name, event, scopes in (
            ("song_added", "INSERT ON songs", ["(SELECT key FROM users WHERE id = NEW.owner_id)"]),
            ("song_gone", "DELETE ON songs", ["(SELECT key FROM users WHERE id = OLD.owner_id)"]),
            ("access_given", "INSERT ON access", ["NEW.holder"]),
            ("access_gone", "DELETE ON access", ["OLD.holder"]),
            ("access_moved", "UPDATE ON access", ["OLD.holder", "NEW.holder"]),
            ("tune_taught", "INSERT ON tunes", ["NEW.scope"]),
            ("tune_gone", "DELETE ON tunes", ["OLD.scope"]),
            ("tune_moved", "UPDATE ON tunes", ["OLD.scope", "NEW.scope"]),
            ("person_gone", "DELETE ON users", ["OLD.key"])):
        # Not INSERT OR IGNORE: what an outer statement does on a conflict would go for the trigger's too.
        notes = " ".join(f"INSERT INTO stale_indices SELECT {scope} WHERE {scope} IS NOT NULL "
                         f"AND {scope} NOT IN (SELECT scope FROM stale_indices);" for scope in scopes)
        db.execute(f"CREATE TRIGGER {name} AFTER {event} BEGIN {notes} END")


@migrations()
def m007_parents_and_plays(db: Database) -> None:
    """Which songs a song grew from and how, how often it was played, what its tune is known to be, and
    which kind of work it comes of."""
    db.executescript("""
        CREATE TABLE parents (
            song_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE,
            parent_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE,
            how TEXT NOT NULL, PRIMARY KEY (song_id, parent_id));
        CREATE INDEX children_of ON parents(parent_id);
        ALTER TABLE songs ADD COLUMN plays INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE songs ADD COLUMN sounds_like TEXT NOT NULL DEFAULT '';
        ALTER TABLE songs ADD COLUMN how TEXT NOT NULL DEFAULT 'hum';
    """)
