"""The commands of `humband`, by what they are for; each module fills its own Typer app."""
