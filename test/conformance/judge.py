#!/usr/bin/python3
"""Runs the judges over the certificates that issue.sql made.

    judge.py unpack DIRECTORY           writes the certificates to files
    judge.py NAME DIRECTORY             runs one judge: writes NAME.tsv
    judge.py compare DIRECTORY LIST     compares all findings with the known ones

NAME.tsv has lines `certificate, finding`, with an empty finding for a
certificate that has none, so that one that a judge did not see is missed.
"""

import collections
import csv
import fnmatch
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# Those of zlint's sources that are agreements which do not apply to a private CA.
# The RFCs' and the community's remain.
ZLINT_WITHOUT = "Apple,CABF_BR,CABF_EV,CABF_SMIME_BR,ETSI_ESI,Mozilla"


def rows(directory, name):
    csv.field_size_limit(1 << 30)
    with open(os.path.join(directory, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def certificate_path(name):
    return f"pem/{name}.pem"


def unpack(directory):
    os.chdir(directory)
    os.makedirs("pem", exist_ok=True)
    authorities = {row["name"]: row for row in rows(".", "authorities.tsv")}
    for row in authorities.values():
        with open(certificate_path(row["name"]), "w", encoding="ascii") as file:
            file.write(row["certificate"] + "\n")
    with open("cases.tsv", "w", encoding="ascii") as cases:
        for row in rows(".", "certificates.tsv"):
            path = certificate_path(row["name"])
            with open(path, "w", encoding="ascii") as file:
                file.write(row["certificate"] + "\n")
            authority = authorities[row["authority"]]
            # A root is its own issuer.
            issuer = path
            root = path
            if row["class"] != "root":
                issuer = certificate_path(authority["name"])
                root = certificate_path(authority["parent"] or authority["name"])
            print(path, issuer, root, sep="\t", file=cases)


def read_cases():
    with open("cases.tsv", encoding="ascii") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def output_of(command, **options):
    """Returns what a judge prints on both its outputs, and whether it succeeded."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="backslashreplace",
        check=False,
        **options,
    )
    return done.stdout, done.returncode == 0


def zlint(cases):
    # In pieces; each prints one line for each file, in order.
    for start in range(0, len(cases), 500):
        paths = [case[0] for case in cases[start : start + 500]]
        done = subprocess.run(
            ["zlint", "-excludeSources", ZLINT_WITHOUT, *paths],
            stdout=subprocess.PIPE,
            encoding="utf-8",
            check=True,
        )
        lines = done.stdout.splitlines()
        assert len(lines) == len(paths), done.stdout[:1000]
        for path, line in zip(paths, lines):
            yield path, ""
            for lint, result in json.loads(line).items():
                if result["result"] not in ("pass", "NA", "NE"):
                    yield path, lint


def openssl(cases):
    """Runs openssl verify once per certificate, because it buffers one of its outputs."""
    for path, issuer, root in cases:
        command = ["openssl", "verify", "-x509_strict", "-CAfile", root]
        if issuer != root:
            command += ["-untrusted", issuer]
        output, is_good = output_of(command + [path])
        found = re.findall(r"^error \d+ at (\d+) depth lookup: ?(.*)$", output, re.M)
        yield path, "" if is_good or found else "verification failed"
        if not is_good:
            yield from ((path, f"depth {depth}: {text.strip()}") for depth, text in found)


def certtool(cases):
    for path, issuer, root in cases:
        output, is_good = output_of(["certtool", "-i", "--infile", path])
        if not is_good:
            yield path, "parse: " + output.strip().split("\n")[-1]
        with open(path, "rb") as file:
            chain = file.read()
        if issuer not in (root, path):
            with open(issuer, "rb") as file:
                chain += file.read()
        output, is_good = output_of(
            ["certtool", "--verify", "--load-ca-certificate", root],
            input=chain.decode(),
        )
        verdict = re.search(r"Chain verification output: *(.*)", output)
        verdict = verdict[1].strip() if verdict else output.strip().split("\n")[-1]
        yield path, "" if is_good else "verify: " + verdict


def program(command):
    """A judge that reads cases and prints findings itself."""

    def judge(_):
        with open("cases.tsv", encoding="ascii") as file:
            done = subprocess.run(
                command, stdin=file, stdout=subprocess.PIPE, encoding="utf-8", check=True
            )
        for line in done.stdout.splitlines():
            path, _, finding = line.partition("\t")
            yield path, finding

    return judge


JUDGES = {
    "zlint": zlint,
    "openssl": openssl,
    "certtool": certtool,
    "cryptography": program(["/usr/bin/python3", f"{HERE}/judge_cryptography.py"]),
    "go": program(["./judge_go"]),
}


DIMENSIONS = ("class", "template", "authority_key", "key", "asked", "passed", "edi_party_name")


def is_known(entry, finding, row):
    if not fnmatch.fnmatchcase(finding, entry["finding"]):
        return False
    for condition in entry["condition"].split():
        dimension, _, patterns = condition.partition("=")
        assert dimension in DIMENSIONS, condition
        if not any(fnmatch.fnmatchcase(row[dimension], one) for one in patterns.split("|")):
            return False
    return True


def compare(directory, known_path):
    """Has every judge see every certificate; every finding must be known, and every known one found."""
    with open(known_path, newline="", encoding="utf-8") as file:
        known = list(csv.DictReader(file, delimiter="\t"))
    os.chdir(directory)
    cases = {certificate_path(row["name"]): row for row in rows(".", "certificates.tsv")}
    used = set()
    faults = 0
    for judge in JUDGES:
        seen = set()
        unknown = collections.Counter()
        example = {}
        with open(f"{judge}.tsv", encoding="utf-8") as file:
            for line in file:
                path, _, finding = line.rstrip("\n").partition("\t")
                seen.add(path)
                if not finding:
                    continue
                entries = [i for i, entry in enumerate(known)
                           if entry["judge"] == judge and is_known(entry, finding, cases[path])]
                used.update(entries)
                if not entries:
                    unknown[finding] += 1
                    example[finding] = path
        print(f"{judge}: {len(seen)} certificates, {sum(unknown.values())} unknown findings")
        for finding, count in unknown.most_common():
            print(f"  {count} x {finding}, for example {example[finding]}")
        missed = len(set(cases) - seen)
        if missed:
            print(f"  {missed} certificates were not judged")
        faults += bool(unknown) + bool(missed)
    for i, entry in enumerate(known):
        if i not in used:
            print(f"known finding no longer occurs: {entry['judge']} {entry['finding']} {entry['condition']}")
            faults += 1
    print(f"{len(cases)} certificates: " + ("all findings are known" if not faults else f"{faults} faults"))
    return faults


def run(name, directory):
    os.chdir(directory)
    with open(f"{name}.tsv", "w", encoding="utf-8") as file:
        for path, finding in JUDGES[name](read_cases()):
            print(path, finding, sep="\t", file=file)


if __name__ == "__main__":
    if sys.argv[1] == "unpack":
        unpack(sys.argv[2])
    elif sys.argv[1] == "compare":
        sys.exit(1 if compare(*sys.argv[2:4]) else 0)
    else:
        run(*sys.argv[1:3])
