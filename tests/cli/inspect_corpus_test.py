"""`jireloc inspect --json` says what each Julia's own readers say, of every real image and in every field."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from support import CORPUS, JIRELOC, unpack

DEPOT = "/home/pkgeval/.julia"


def identity(module):
    return {"name": "", "uuid": None} if module is None else {"name": module["name"], "uuid": module["uuid"]}


def include(entry):
    """An include entry of ours in the words of Julia's CacheHeaderIncludes."""
    words = {"id": identity(entry["module"]), "filename": entry["resolved"], "mtime": entry["mtime"],
             "modpath": entry["modpath"]}
    if "fsize" in entry:
        words.update(fsize=entry["fsize"], hash=entry["hash"])
    return words


def as_julia_has_it(ours, dump):
    """Our object with the keys and shapes of the dump, for the keys that the dump has."""
    build_id_digits = len(dump["modules"][0]["build_id"])
    texts = {text["resolved"]: {"length": text["length"], "crc32c": text["crc32c"]}
             for text in ours["source_texts"]}
    includes = [include(entry) for entry in ours["includes"]]
    if isinstance(dump["includes"][0], list):  # Julia 1.5: tuples
        listed = [[entry["id"], entry["filename"], entry["mtime"]] for entry in includes]
    else:
        listed = includes
    words = {
        "file": os.path.basename(ours["path"]),
        # VERSION prints a build number that the file does not hold.
        "julia": ours["julia"] + (".0" if dump["julia"] == ours["julia"] + ".0" else ""),
        # Up to 1.8 Julia's reader says only whether the header is one.
        "header_checksum": ours.get("header_checksum", True),
        "modules": [dict(identity(module), build_id=module["build_id"].rjust(build_id_digits, "0"))
                    for module in ours["modules"]],
        "includes": listed,
        "srcfiles": [include(entry) for entry in ours["includes"] if entry["source_text"]],
        "requires": [{"from": identity(entry["from"]), "to": entry["to"]} for entry in ours["requires"]],
        "required_modules": ours["required_modules"],
        "source_texts": [{"first": entry["resolved"], "second": texts.get(entry["resolved"])}
                         for entry in ours["includes"]],
    }
    for key in ("srctextpos", "prefs", "prefs_hash", "clone_targets", "flags", "syntax_version", "file_crc_ok"):
        if key in ours:
            words[key] = ours[key]
    return words


def differences(ours, dump):
    words = as_julia_has_it(ours, dump)
    for key, value in dump.items():
        if key not in words:
            yield f"{key}: missing"
        elif words[key] != value:
            yield f"{key}:\n  jireloc {words[key]}\n  Julia   {value}"
    if ours["status"] != "ok" or ours["verified"] != "corpus":
        yield f"status {ours['status']}, verified {ours['verified']}"


def inspect(folder, root, depots=DEPOT):
    given = [] if depots is None else ["--depot", depots]
    environment = {name: value for name, value in os.environ.items() if name != "JULIA_DEPOT_PATH"}
    run = subprocess.run([JIRELOC, "inspect", "--json", *given, "--root", root, folder / "images"],
                         stdout=subprocess.PIPE, check=True, env=environment)
    return [json.loads(line) for line in run.stdout.splitlines()]


def resolved(images):
    """What each file that an image names is resolved to; False where nothing is said of it."""
    return [entry.get("resolved", False) for image in images for entry in image["includes"]]


def check_depot_path(folder, images, root):
    """Without a depot path nothing is resolved, and each of its depots is looked into."""
    found = []
    if set(resolved(inspect(folder, root, None))) - {False}:
        found.append(f"{folder}: resolved without a depot path")
    if resolved(inspect(folder, root, f"/nowhere:{DEPOT}")) != resolved(images):
        found.append(f"{folder}: the second depot is not looked into")
    elsewhere = [entry["resolved"] for image in inspect(folder, root, "/nowhere") for entry in image["includes"]
                 if entry["path"].startswith("@depot")]
    if any(elsewhere) or (folder.name.startswith("1.12") and not elsewhere):
        found.append(f"{folder}: resolved to a depot that is not in the path")
    return found


def check_folder(folder):
    """The number of images, and what differs."""
    found = []
    with tempfile.TemporaryDirectory() as root:
        depot = pathlib.Path(root + DEPOT)
        packages = folder.parent / folder.name.removesuffix("-compressed") / "packages.tar"
        if packages.exists():
            unpack(folder.name, depot, images=False)
        images = inspect(folder, root)
        for ours in images:
            dump = json.loads(pathlib.Path(ours["path"]).with_suffix(".json").read_text())
            found += [f"{ours['path']}: {difference}" for difference in differences(ours, dump)]
        if folder.name in ("1.12.5-plain", "1.9.4-plain"):
            found += check_depot_path(folder, images, root)
    if len(images) != len(list(folder.glob("images/**/*.json"))):
        found.append(f"{folder}: {len(images)} images")
    return len(images), found


def main():
    folders = sorted(path.parent for path in CORPUS.glob("*/images"))
    total, found = 0, []
    for folder in folders:
        count, different = check_folder(folder)
        total += count
        found += different
    print(f"{total} images in {len(folders)} folders compared, {len(found)} differences")
    for difference in found[:10]:
        print(difference)
    sys.exit(0 if total >= 116 and not found else 1)


main()
