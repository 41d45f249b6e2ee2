"""How data sets get onto this machine: download, link, verify, and simulated stand-ins."""
