"""The face in the browser: Datasette, described from the declarations, with the priorities first."""
