"""What commands print: tables, previews, progress, failures."""
