/* The init of the probe image: prints the kernel's TCG event log in hex and powers off. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	static const char path[] = "/sys/kernel/security/tpm0/binary_bios_measurements";
	unsigned char chunk[4096];
	ssize_t count;
	int fd;

	mkdir("/sys", 0755);
	mount("sysfs", "/sys", "sysfs", 0, NULL);
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	fd = open(path, O_RDONLY);
	puts("EVENT LOG");
	while (fd >= 0 && (count = read(fd, chunk, sizeof chunk)) > 0)
		for (ssize_t i = 0; i < count; i++)
			printf("%02x%s", chunk[i], i % 32 == 31 ? "\n" : "");
	puts("\nEND");
	fflush(stdout);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
