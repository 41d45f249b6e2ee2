"""From stored results to rows, tests between them, and pages that people read."""
