#!/usr/bin/env python3
"""Checks the API against its own description: starts a demo, and sends what schemathesis makes of /api/v1/openapi.json, without a
token, as an applicant and as a desk. Fails on any answer of status 500 and on any status, content type or body that the description
does not name. Needs the binary and a Python with the packages of requirements.txt.

    check.py --binary target/debug/jiebang [--examples 20]
"""
import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CALL = "miit-2025-ai-devices"
REGION = "11"
# Longest start of a demo and longest run, in seconds; a build without optimisation takes its time.
START_MAX = 300
RUN_MAX = 3600


class Demo:
    """A demo of its own on a free port, thrown away afterwards."""

    def __init__(self, binary: str, folder: Path):
        self.data = folder / "data"
        self.log = open(folder / "log", "w+", encoding="utf-8")
        command = [binary, "demo", "--listen", "127.0.0.1:0", "--data", str(self.data), "--no-rate-limits"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        self.address = self.ready()

    def ready(self) -> str:
        for _ in range(START_MAX * 4):
            self.log.flush()
            said = Path(self.log.name).read_text(encoding="utf-8")
            for line in said.splitlines():
                if line.startswith("ready "):
                    return line.removeprefix("ready ").rstrip("/")
            if self.process.poll() is not None:
                break
            time.sleep(0.25)
        raise SystemExit(f"the demo does not start:\n{said}")

    def ask(self, method: str, path: str, token: str = "", body=None):
        request = urllib.request.Request(self.address + path, method=method)
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        data = None
        if body is not None:
            request.add_header("Content-Type", "application/json")
            data = json.dumps(body).encode()
        with urllib.request.urlopen(request, data) as answer:
            return json.load(answer)

    def token(self, role: str, region: str) -> str:
        with open(self.data / "logins.csv", encoding="utf-8") as file:
            people = [row for row in csv.DictReader(file) if row["role"] == role and row["region"] == region]
        login = {"username": people[0]["username"], "password": people[0]["password"]}
        return self.ask("POST", "/api/v1/tokens", body=login)["token"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def settings(places: dict) -> str:
    """What stands in the addresses of the operations that a pattern names, so that they lead to something that is there."""
    written = ""
    for pattern, parameters in places.items():
        values = ", ".join(f'"path.{name}" = "{value}"' for name, value in parameters.items())
        written += f'[[operations]]\ninclude-path-regex = "{pattern}"\nparameters = {{ {values} }}\n\n'
    return written


def runs(demo: Demo) -> dict:
    """Who asks, with which token, and what for."""
    applicant = demo.token("applicant", REGION)
    draft = demo.ask("POST", f"/api/v1/calls/{CALL}/applications", applicant)["id"]
    desk = demo.token("industry_authority", REGION)
    queue = demo.ask("GET", f"/api/v1/desks/{CALL}/{REGION}/applications", desk)["applications"]
    call = {"^/api/v1/calls/": {"id": CALL}}
    at_desk = {"call": CALL, "region": REGION, "id": queue[0]["application"]}
    receipt = {"number": f"{queue[0]['number']}-{queue[0]['version']}"}
    return {
        "nobody": ("", call),
        "applicant": (applicant, call | {"^/api/v1/applications/": {"id": draft}}),
        "desk": (desk, call | {"^/api/v1/(desks|applications)/": at_desk, "^/api/v1/receipts/": receipt}),
    }


def start(demo: Demo, folder: Path, name: str, token: str, places: dict, examples: int):
    configuration = folder / f"{name}.toml"
    configuration.write_text(settings(places), encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run"]
    command += [f"{demo.address}/api/v1/openapi.json", "--checks", CHECKS, "--max-examples", str(examples)]
    command += ["--seed", "1", "--no-color", "--request-timeout", "60"]
    if token:
        # The token that all the others need would end with it.
        command += ["--header", f"Authorization: Bearer {token}", "--exclude-operation-id", "end_token"]
    log = open(folder / f"{name}.log", "w+", encoding="utf-8")
    return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder), log


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--examples", type=int, default=20)
    asked = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        demo = Demo(os.path.abspath(asked.binary), folder)
        try:
            running = {
                name: start(demo, folder, name, token, places, asked.examples)
                for name, (token, places) in runs(demo).items()
            }
            for name, (process, log) in running.items():
                code = process.wait(timeout=RUN_MAX)
                said = Path(log.name).read_text(encoding="utf-8")
                log.close()
                cases = [line.strip() for line in said.splitlines() if " generated," in line]
                print(f"API as {name}: {'; '.join(cases) or 'nothing was sent'}")
                if code or not cases:
                    print(said)
                    failed += 1
        finally:
            demo.stop()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
