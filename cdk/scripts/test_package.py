"""`make package` with fakes of the programs that it calls: its build command and linker on each kind of machine."""

import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent / "package.sh"
# The script needs these from the machine.
USUAL = ["awk", "cat", "dirname", "getconf", "grep", "sed", "sh", "tr"]
LINKER = "aarch64-linux-gnu-gcc"
# The machine, the wanted architecture, its programs, ZIG; then the command of cargo, its target, and the linker for arm64.
BUILT = {
    "x86_64 by itself": ("x86_64", "x86_64", [], "", ("build", "x86_64-unknown-linux-gnu", "")),
    "x86_64 by itself, with zig there": ("x86_64", "x86_64", ["cargo-zigbuild"], "", ("build", "x86_64-unknown-linux-gnu", "")),
    "x86_64 by itself, where zig is asked for": (
        "x86_64", "x86_64", ["cargo-zigbuild"], "1", ("zigbuild", "x86_64-unknown-linux-gnu.2.34", ""),
    ),
    "arm64 with the cross linker": ("x86_64", "arm64", [LINKER], "", ("build", "aarch64-unknown-linux-gnu", LINKER)),
    "arm64 with the cross linker before zig": (
        "x86_64", "arm64", [LINKER, "cargo-zigbuild"], "", ("build", "aarch64-unknown-linux-gnu", LINKER),
    ),
    "arm64 with zig": ("x86_64", "arm64", ["cargo-zigbuild"], "", ("zigbuild", "aarch64-unknown-linux-gnu.2.34", "")),
    "arm64 by itself": ("aarch64", "arm64", [LINKER], "", ("build", "aarch64-unknown-linux-gnu", "")),
    "x86_64 on arm64, whose own compiler has the name of the cross linker": (
        "aarch64", "x86_64", [LINKER, "cargo-zigbuild"], "", ("zigbuild", "x86_64-unknown-linux-gnu.2.34", ""),
    ),
}  # fmt: skip
REFUSED = {
    "arm64 with nothing": ("x86_64", "arm64", [], "", "This machine cannot build for arm64."),
    "x86_64 on arm64 without zig": ("aarch64", "x86_64", [LINKER], "", "This machine cannot build for x86_64."),
    "zig that is not there": ("x86_64", "x86_64", [], "1", "ZIG=1 needs cargo-zigbuild"),
}


class Package(unittest.TestCase):
    def setUp(self) -> None:
        self.checkout = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.checkout / "cdk/scripts").mkdir(parents=True)
        shutil.copy(SCRIPT, self.checkout / "cdk/scripts/package.sh")

    def test_it_builds_with_the_linker_that_the_machine_has_for_the_architecture(self) -> None:
        for name, (machine, arch, has, zig, (command, target, linker)) in BUILT.items():
            with self.subTest(name):
                ended = self.package(machine, arch, has, zig)
                self.assertEqual(ended.returncode, 0, ended.stderr)
                told = ended.stdout.splitlines()
                self.assertEqual([told[0].split()[0], told[0].split("--target ")[1].split()[0]], [command, target])
                self.assertEqual(told[1], f"linker {linker}".rstrip())

    def test_an_architecture_that_the_machine_cannot_build_for_is_refused(self) -> None:
        for name, (machine, arch, has, zig, says) in REFUSED.items():
            with self.subTest(name):
                ended = self.package(machine, arch, has, zig)
                self.assertEqual((ended.returncode, ended.stdout), (1, ""))
                self.assertIn(says, ended.stderr)

    def package(self, machine: str, arch: str, has: list[str], zig: str) -> subprocess.CompletedProcess[str]:
        """`make package` on a machine with both targets of rustc, and with these linkers."""
        folder = Path(tempfile.mkdtemp(dir=self.checkout))
        for name in USUAL:
            (folder / name).symlink_to(shutil.which(name) or self.fail(f"`{name}` is not on this machine"))
        scripts = {
            "uname": f"[ $1 = -m ] && echo {machine} || echo Linux",
            "rustup": "echo aarch64-unknown-linux-gnu; echo x86_64-unknown-linux-gnu",
            "rustc": "echo commit-hash: 0",
            "cargo": 'echo "$@"; echo linker $CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER',
            **dict.fromkeys(["git", "python3", *has], ":"),
        }
        for name, text in scripts.items():
            (folder / name).write_text(f"#!/bin/sh\n{text}\n")
            (folder / name).chmod(0o755)
        environment = {"PATH": str(folder), "HOME": str(self.checkout), "ARCH": arch, "ZIG": zig}
        command = [str(folder / "sh"), "cdk/scripts/package.sh"]
        return subprocess.run(command, cwd=self.checkout, env=environment, capture_output=True, text=True)


if __name__ == "__main__":
    unittest.main()
