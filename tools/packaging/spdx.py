"""What is linked into a program, as SPDX 2.3: spdx.py PROGRAM [EMULATOR…] >FILE. Names and versions are the program's own
words; the emulator runs it where it is for another machine."""
import datetime
import hashlib
import json
import os
import re
import struct
import subprocess
import sys

LICENSES = {"Boost": "BSL-1.0", "{fmt}": "MIT", "OpenSSL": "Apache-2.0", "toml++": "MIT", "xxHash": "BSD-2-Clause",
            "Zstandard": "BSD-3-Clause"}


def package(name, version, license_name, **more):
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-"), "name": name, "versionInfo": version,
            "licenseConcluded": license_name, "licenseDeclared": license_name, "copyrightText": "NOASSERTION",
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False, **more}


def is_static(elf):
    """Whether a 64-bit ELF program names none that loads its libraries (PT_INTERP)."""
    begin, (size, count) = struct.unpack_from("<Q", elf, 32)[0], struct.unpack_from("<HH", elf, 54)
    return all(struct.unpack_from("<I", elf, begin + i * size)[0] != 3 for i in range(count))


def document(program, emulator):
    told = json.loads(subprocess.run([*emulator, program, "--version", "--json"], check=True, stdout=subprocess.PIPE).stdout)
    with open(program, "rb") as file:
        elf = file.read()
    digest = hashlib.sha256(elf).hexdigest()
    made = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    parts = [package(name, version, LICENSES[name]) for name, version in sorted(told["libraries"].items())]
    if told["compiler"].startswith("GCC"):  # -static-libstdc++ -static-libgcc
        parts.append(package("libstdc++ and libgcc", told["compiler"].split()[1], "GPL-3.0-or-later WITH GCC-exception-3.1"))
    if is_static(elf):
        parts.append(package("glibc", told["c_library"].split()[-1], "LGPL-2.1-or-later"))
    own = package("jireloc", told["version"], "MIT", checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"jireloc-{told['version']}",
            "documentNamespace": f"https://spdx.org/spdxdocs/jireloc-{told['version']}-{digest[:16]}",
            "creationInfo": {"created": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: tools/packaging/spdx.py"]},
            "packages": [own, *parts],
            "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": own["SPDXID"]},
                              *({"spdxElementId": own["SPDXID"], "relationshipType": "STATIC_LINK", "relatedSpdxElement": part["SPDXID"]}
                                for part in parts)]}


if __name__ == "__main__":
    json.dump(document(sys.argv[1], sys.argv[2:]), sys.stdout, indent=1, ensure_ascii=False)
    print()
