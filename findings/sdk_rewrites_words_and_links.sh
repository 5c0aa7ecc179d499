#!/usr/bin/env bash
# demisto-sdk rewrites incident to alert in words and links of a playbook
#
# Guess: For XSIAM the SDK turns the references of a playbook, ${incident.id} and incident.name, into
#   ${alert.id} and alert.name; other texts that an author wrote stay.
#
# Seen: In names and in every `simple` value each word incident becomes alert: in sentences, and
#   within URLs, whose path is then another one.
#
# Versions: demisto-sdk 1.39.13, PyYAML 6.0.3; Python 3.11
#
# Matters: A link to the incident response portal, a search of another product, the name of its queue:
#   what worked on XSOAR is dead on XSIAM, and nobody wrote it so.
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
    type: regular
    task: {id: 00000000-0000-4000-8000-000000000001, version: -1, name: Note, scriptName: Print, type: regular, iscommand: false, brand: ''}
    scriptarguments:
      value: {simple: 'Reported to incident response: https://portal.example.com/incident/7 for ${incident.id}'}
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
written, shipped = (task["scriptarguments"]["value"]["simple"] for task in (source, built))
print("written:", written)
print("shipped:", shipped)
assert written == "Reported to incident response: https://portal.example.com/incident/7 for ${incident.id}"
assert shipped == "Reported to alert response: https://portal.example.com/alert/7 for ${alert.id}", shipped
PYTHON
