"""What the kernel takes from a worker: files, network, system calls, and what a fork would share."""
