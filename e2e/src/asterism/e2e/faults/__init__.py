"""Faults that machines and hosts have in earnest, made on demand and taken back.

- `wires.bad_wire(machine.folder, Quality(delay=0.02, loss=0.03))`: late and lost packets;
  `wires.bad_wires(name, quality)`: the same for every machine of a cluster from its creation on;
  `wires.cut(machine.folder)`: no packet at all
- `disks.small_disk(cluster, machine, spare)` and `disks.full(folder)`: a state disk that is full
- `processes.kill(processes.tpm_of(machine))`, `relay_of(cluster)`: a process of the host that dies
- `reboot.reboot(cluster)`: a host that was restarted under one cluster
- `asterism.e2e.killing.run_and_kill`: a command of the owner's that dies at a given moment

Wires and disks are context managers and whole again after the body; what was killed is started
again by `asterism cluster create NAME`. None of them needs a kernel module. Each does what it does
from the host's side, to one cluster, by names and process numbers of that cluster only. What the
command line tells about a fault is had by `told.error_of(cluster, "cluster", "verify", name)`.
"""
