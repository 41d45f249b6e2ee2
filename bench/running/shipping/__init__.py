"""Jobs on machines that share no folder with this one: what travels, and what comes back."""
