#!/usr/bin/env bash
# demisto-sdk takes the quotes from "yes", and the branch is True for readers of YAML 1.1
#
# Guess: A key and a value that are quoted in the source are texts in what is built, for every reader
#   of YAML: a writer quotes what would be something else.
#
# Seen: The SDK writes with YAML 1.2, in which yes and no are texts, so it leaves the quotes out.
#   PyYAML (1.1), which its own requirements install beside it, then reads the branch as True and the
#   compared value as False.
#
# Versions: demisto-sdk 1.39.13, PyYAML 6.0.3; Python 3.11
#
# Matters: Tools that look through built playbooks with PyYAML find no branch 'yes', and compare a
#   form's answer 'no' with False. Source and build of one playbook differ for the same reader.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    demisto-sdk==1.39.13 PyYAML==6.0.3

pack="$folder/content/Packs/Sample"
mkdir -p "$pack/Playbooks"
cat > "$pack/pack_metadata.json" <<'JSON'
{
  "name": "Sample", "description": "Sample.", "support": "community", "currentVersion": "1.0.0", "author": "Example", "url": "",
  "email": "", "categories": ["Endpoint"], "tags": [], "useCases": [], "keywords": [], "marketplaces": ["xsoar", "marketplacev2"]
}
JSON
cat > "$pack/Playbooks/playbook-Sample.yml" <<'YAML'
id: Sample
version: -1
name: Sample
description: Sample.
starttaskid: '0'
tasks:
  '0':
    id: '0'
    taskid: 00000000-0000-4000-8000-000000000000
    type: start
    task: {id: 00000000-0000-4000-8000-000000000000, version: -1, name: '', iscommand: false, brand: ''}
    nexttasks: {'#none#': ['1']}
  '1':
    id: '1'
    taskid: 00000000-0000-4000-8000-000000000001
    type: condition
    task: {id: 00000000-0000-4000-8000-000000000001, version: -1, name: 'Frozen?', type: condition, iscommand: false, brand: ''}
    nexttasks: {"yes": ['0'], '#default#': ['0']}
    conditions:
    - label: "yes"
      condition:
      - - operator: isEqualString
          left: {value: {simple: inputs.answer}, iscontext: true}
          right: {value: {simple: "no"}}
inputs: []
outputs: []
fromversion: 6.10.0
tests: [No tests]
YAML

export HOME="$folder" DEMISTO_SDK_IGNORE_CONTENT_WARNING=1 DEMISTO_SDK_CONTENT_PATH="$folder/content"
cd "$folder/content"
git init --quiet .
git -c user.name=Example -c user.email=user@example.com commit --quiet --allow-empty --message "The SDK wants a history"
"$folder/venv/bin/demisto-sdk" prepare-content --input "$pack/Playbooks/playbook-Sample.yml" \
    --output "$folder/built.yml" --marketplace marketplacev2 > "$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }

"$folder/venv/bin/python" -W ignore - "$pack/Playbooks/playbook-Sample.yml" "$folder/built.yml" <<'PYTHON'
import sys
from importlib.metadata import version
from pathlib import Path

import yaml

print("demisto-sdk", version("demisto-sdk"), "PyYAML", version("PyYAML"))
source, built = (yaml.safe_load(Path(name).read_text())["tasks"]["1"] for name in sys.argv[1:])
found = {}
for name, task in (("source", source), ("build", built)):
    compared = task["conditions"][0]["condition"][0][0]["right"]["value"]["simple"]
    found[name] = list(task["nexttasks"])[0], compared
    print(f"{name}: the branch is {found[name][0]!r}, what is compared {found[name][1]!r}")
assert found == {"source": ("yes", "no"), "build": (True, False)}, found
PYTHON
