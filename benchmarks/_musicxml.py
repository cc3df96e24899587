"""Is a MusicXML file valid? By the W3C's schema of MusicXML 4.0, which the package ``musicxml`` carries.

The schema imports two others by web address; they are put beside it, so that nothing leaves the machine.
"""

import importlib.util
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

IMPORTED = {  # file: (namespace, its attributes that MusicXML uses, and their types)
    "xlink.xsd": ("http://www.w3.org/1999/xlink",
                  dict.fromkeys(("href", "type", "role", "title", "show", "actuate"), "string")),
    "xml.xsd": ("http://www.w3.org/XML/1998/namespace", {"lang": "language", "space": "NCName"}),
}


def schema_file() -> Path | None:
    """Where the schema lies; None where ``musicxml`` (a development dependency) is not installed."""
    spec = importlib.util.find_spec("musicxml")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "generate_classes" / "musicxml_4_0.xsd"


@cache
def _schema() -> Any:
    from lxml import etree

    file = schema_file()
    if file is None:
        raise FileNotFoundError("the package musicxml, which carries the schema, is not installed")

    with tempfile.TemporaryDirectory() as folder:
        local = Path(folder)
        for name, (namespace, attributes) in IMPORTED.items():
            lines = "".join(f'<xs:attribute name="{key}" type="xs:{kind}"/>' for key, kind in attributes.items())
            (local / name).write_text(f'<xs:schema targetNamespace="{namespace}" '
                                      f'xmlns:xs="http://www.w3.org/2001/XMLSchema">{lines}</xs:schema>')
        (local / "musicxml.xsd").write_text(file.read_text().replace("http://www.musicxml.org/xsd/", ""))
        return etree.XMLSchema(etree.parse(str(local / "musicxml.xsd"), etree.XMLParser(no_network=True)))


def faults(data: bytes) -> list[str]:
    """What the schema finds wrong with a MusicXML file: nothing, where it is valid."""
    from lxml import etree

    document = etree.fromstring(data, etree.XMLParser(no_network=True, load_dtd=False))
    schema = _schema()
    return [] if schema.validate(document) else [f"line {e.line}: {e.message}" for e in schema.error_log]
