"""Data sets come to this machine: download, link, verify, and simulated stand-ins."""
