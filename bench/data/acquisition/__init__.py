"""Data sets come to this machine: download, link, verify, stand-ins."""
