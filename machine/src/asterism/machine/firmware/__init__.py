"""The emulated firmware: measures what it starts, into the vTPM and into the launch digest."""
