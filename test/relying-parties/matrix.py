#!/usr/bin/python3
"""Has relying parties judge certificates of pca by its OCSP responses and CRLs.

    matrix.py [--judge NAME]... [--hierarchy NAME]... [--optional] OUT

needs a server with the extension, which psql reaches as a superuser. OUT/cells.tsv
has a line per cell: judge, method, hierarchy, status, verdict, why. What is good
is to be accepted, everything else refused; exceptions stand in
known-exceptions.tsv with their reasons. A judge whose program is missing is a
failure, or, with --optional, left out.
"""

import argparse
import collections
import concurrent.futures
import csv
import fnmatch
import os
import shutil
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

sys.dont_write_bytecode = True

import pki
from forger import forger
from judges import JUDGES
from programs import Server, free_port, read, write

WORKERS = 4  # of judges at once; they mostly wait

Cell = collections.namedtuple("Cell", "judge method hierarchy status verdict why")


def gateway(directory, port):
    """Runs pca-gateway, which serves CRLs and OCSP responses."""
    places = [f"{os.environ.get('PCA_TEST_BIN')}/pca-gateway", f"{HERE}/../../gateway/pca-gateway"]
    program = next(place for place in places if os.path.exists(place))
    return Server(f"{directory}/gateway.log", program, f"--listen=127.0.0.1:{port}",
                  "--status-connection=user=status", "--api-connection=none", port=port)


def judge(row, hierarchy):
    """Returns a judge's verdicts on a hierarchy's leaves; a judge without a verdict is broken."""
    cells = {leaf.status: ("broken", "did not say anything") for leaf in hierarchy.of(row.method)}
    try:
        for leaf, is_accepted, why in row.function(hierarchy, row.method):
            cells[leaf.status] = "accepted" if is_accepted else "refused", why or ""
    except Exception as failure:
        traceback.print_exc()
        cells.update({status: ("broken", str(failure))
                      for status, cell in cells.items() if cell[0] == "broken"})
    return [Cell(row.name, row.method, hierarchy.name, status, verdict, " ".join(str(why).split()))
            for status, (verdict, why) in cells.items()]


def is_expected(cell):
    return cell.verdict == ("accepted" if cell.status == "good" else "refused")


class Exceptions:
    """The rows of known-exceptions.tsv, one for each alternative, and which of them were found."""

    def __init__(self):
        with open(f"{HERE}/known-exceptions.tsv", newline="", encoding="utf-8") as file:
            self.rows = {
                (name, row["method"], hierarchy, status, row["verdict"])
                for row in csv.DictReader(file, delimiter="\t")
                for name in row["judge"].split("|")
                for hierarchy in row["hierarchy"].split("|")
                for status in row["status"].split("|")}
        self.found = set()

    def know(self, cell):
        """Tells whether a row names this cell."""
        found = {row for row in self.rows
                 if (cell.judge, cell.method, cell.status, cell.verdict) == (row[0], row[1], row[3], row[4])
                 and fnmatch.fnmatchcase(cell.hierarchy, row[2])}
        self.found |= found
        return bool(found)

    def unfound(self, cells):
        """Returns the rows that were looked for and not found."""
        for row in sorted(self.rows - self.found):
            if any((cell.judge, cell.method, cell.status) == (row[0], row[1], row[3])
                   and fnmatch.fnmatchcase(cell.hierarchy, row[2]) for cell in cells):
                yield " ".join(row)


def prepare_role(database):
    database.execute("CREATE EXTENSION IF NOT EXISTS pca")
    database.execute("CREATE ROLE status LOGIN")
    database.execute("SELECT pca_register_account('status'::regrole, '999999999999'::text)")
    database.execute("SELECT pca_grant_access('status'::regrole, 'status'::text)")


def all_cells(rows, hierarchies):
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        pending = {pool.submit(judge, row, hierarchy): (row.name, row.method) for row in rows
                   for hierarchy in hierarchies}
        for done in concurrent.futures.as_completed(pending):
            yield from done.result()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--judge", action="append")
    parser.add_argument("--hierarchy", action="append")
    parser.add_argument("--optional", action="store_true")
    parser.add_argument("out")
    options = parser.parse_args()

    os.environ["PATH"] += ":/usr/sbin:/sbin"
    rows = [row for row in JUDGES if not options.judge or row.name in options.judge]
    lacking = [row for row in rows if not all(map(shutil.which, row.programs.split()))]
    for row in lacking:
        print(f"left out: {row.name} by {row.method}: not all of {row.programs} are here")
    if lacking and not options.optional:
        return 1
    rows = [row for row in rows if row not in lacking]

    port = free_port()
    directory = os.path.abspath(options.out)
    os.makedirs(directory, exist_ok=True)
    prepare_role(pki.Database())
    url = f"http://127.0.0.1:{port}"
    with gateway(directory, port), forger(free_port(), url) as forger_url:
        hierarchies = pki.make(directory, url, forger_url, options.hierarchy)
        cells = sorted(all_cells(rows, hierarchies))
    return report(cells, rows, hierarchies, directory)


def report(cells, rows, hierarchies, directory):
    """Writes the cells and prints what is not as expected. Returns 1 if there is anything."""
    exceptions = Exceptions()
    with open(f"{directory}/cells.tsv", "w", encoding="utf-8") as file:
        for cell in [Cell._fields, *cells]:
            print(*cell, sep="\t", file=file)
    otherwise = [cell for cell in cells if not is_expected(cell)]
    faults = [f"unexpected: {' '.join(cell[:4])}: {cell.verdict}: {cell.why}" for cell in otherwise
              if not exceptions.know(cell)]
    known = len(otherwise) - len(faults)
    for row in exceptions.unfound(cells):
        faults.append(f"not found, although it is in known-exceptions.tsv: {row}")
    for fault in faults:
        print(fault)
    print(f"{len(cells)} cells of {len(rows)} judges and {len(hierarchies)} hierarchies:"
          f" {known} known exceptions, {len(faults)} faults")
    return 1 if faults or not cells else 0


if __name__ == "__main__":
    sys.exit(main())
