"""The tables, as ordered migrations. Never change one that was released: add the next.

Numbers are never given twice (AUTOINCREMENT): work still running for somebody who asked to be forgotten must
not find another person under the old number.
"""

from sqlite_utils import Database, Migrations

migrations = Migrations("humband")


@migrations()
def m001_people_and_groups(db: Database) -> None:
    """Who we know, and what they prefer."""
    db.executescript("""
        CREATE TABLE users (
            id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
            token TEXT NOT NULL UNIQUE, client_language TEXT NOT NULL DEFAULT '', language TEXT, genre TEXT, feel TEXT,
            blocked INTEGER NOT NULL DEFAULT 0, created_at REAL NOT NULL, last_started_at REAL NOT NULL DEFAULT 0);
        CREATE TABLE groups (
            key TEXT PRIMARY KEY, title TEXT NOT NULL DEFAULT '', language TEXT, genre TEXT, feel TEXT,
            threaded INTEGER NOT NULL DEFAULT 1, enabled INTEGER NOT NULL DEFAULT 1, created_at REAL NOT NULL);
    """)


@migrations()
def m002_songs(db: Database) -> None:
    """Songs as notes, their files, who may use them, and the messages they stand in."""
    db.executescript("""
        CREATE TABLE songs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, share_token TEXT UNIQUE,
            owner_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, number INTEGER NOT NULL,
            title TEXT NOT NULL, credit TEXT NOT NULL DEFAULT '', song TEXT NOT NULL,
            genres TEXT NOT NULL DEFAULT '{}', family TEXT NOT NULL, job_id INTEGER UNIQUE,
            created_at REAL NOT NULL, UNIQUE (owner_id, number));
        CREATE TABLE files (
            song_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE, part TEXT NOT NULL,
            path TEXT, bytes INTEGER NOT NULL DEFAULT 0, used_at REAL NOT NULL, PRIMARY KEY (song_id, part));
        CREATE TABLE remote_files (
            song_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE, part TEXT NOT NULL,
            platform TEXT NOT NULL, remote_id TEXT NOT NULL, PRIMARY KEY (song_id, part, platform));
        CREATE TABLE access (
            song_id INTEGER NOT NULL REFERENCES songs(id) ON DELETE CASCADE, holder TEXT NOT NULL,
            PRIMARY KEY (song_id, holder));
        CREATE TABLE posts (
            place TEXT NOT NULL, message TEXT NOT NULL, song_id INTEGER NOT NULL REFERENCES songs(id)
            ON DELETE CASCADE, PRIMARY KEY (place, message));
        CREATE INDEX songs_of ON songs(owner_id, number DESC);
    """)


@migrations()
def m003_work(db: Database) -> None:
    """Accepted work, the replies it still owes, updates seen, questions asked, small facts."""
    db.executescript("""
        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL UNIQUE, cause TEXT NOT NULL UNIQUE,
            user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, kind TEXT NOT NULL,
            payload TEXT NOT NULL, place TEXT NOT NULL, address TEXT NOT NULL, status_address TEXT,
            state TEXT NOT NULL DEFAULT 'queued', tries INTEGER NOT NULL DEFAULT 0,
            deaths INTEGER NOT NULL DEFAULT 0, error TEXT,
            created_at REAL NOT NULL, started_at REAL, ended_at REAL);
        CREATE INDEX jobs_open ON jobs(state) WHERE state IN ('queued', 'running');
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, job_id INTEGER NOT NULL REFERENCES jobs(id) ON DELETE CASCADE,
            reply TEXT NOT NULL, nonce TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'ready');
        CREATE INDEX outbox_open ON outbox(state) WHERE state IN ('ready', 'sending');
        CREATE TABLE updates (
            key TEXT PRIMARY KEY, payload TEXT, done INTEGER NOT NULL DEFAULT 0, seen_at REAL NOT NULL);
        CREATE TABLE questions (
            place TEXT NOT NULL, message TEXT NOT NULL, question TEXT NOT NULL, asked_at REAL NOT NULL,
            PRIMARY KEY (place, message));
        CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
    """)


@migrations()
def m004_choices_and_answers(db: Database) -> None:
    """Which genres a person has chosen how often; how they and their groups want to be answered."""
    db.executescript("""
        CREATE TABLE genre_choices (
            user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE, genre TEXT NOT NULL,
            times INTEGER NOT NULL, PRIMARY KEY (user_id, genre));
        ALTER TABLE users ADD COLUMN answer TEXT;
        ALTER TABLE groups ADD COLUMN answer TEXT;
        UPDATE groups SET answer = 'plain' WHERE threaded = 0;
        ALTER TABLE groups DROP COLUMN threaded;
    """)


@migrations()
def m005_recordings(db: Database) -> None:
    """Where in the chat the recording of a song stands: we keep none."""
    db.execute("ALTER TABLE songs ADD COLUMN recording TEXT")
