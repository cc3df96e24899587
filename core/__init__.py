"""The music: hears, understands, composes, performs. Knows no chat, no database, no network."""

import os

# Before any room imports onnxruntime: version 1.31 else keeps a device id and a database of events in the
# home folder. A voice note is nobody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
