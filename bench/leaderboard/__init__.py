"""From stored results to rows, tests between rows, and pages."""
