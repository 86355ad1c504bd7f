"""The untrusted host: machines, their networks and disks, and the emulated hardware."""
