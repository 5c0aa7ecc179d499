#!/usr/bin/env bash
# A PEM that lost its line breaks is a key for cryptography alone
#
# Guess: The lines of a PEM matter (RFC 7468), so a key pasted into a form with one line is refused by
#   every library; text before the block, as openssl pkcs12 writes it, is passed over by all.
#
# Seen: cryptography reads the key with blanks, or nothing at all, where the line breaks were. ecdsa,
#   pycryptodome and openssl do not. pycryptodome also refuses a key with a line of text before it,
#   which all the others pass over.
#
# Versions: cryptography 50.0.2, pycryptodome 4.4.0, ecdsa 0.19.2, openssl of the machine (3.0.19);
#   Python 3.11
#
# Matters: Password fields of consoles take one line. The same stored key works in one integration and
#   is 'no PEM' in the next, depending on the library that is under it.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cryptography==50.0.2 pycryptodome==4.4.0 ecdsa==0.19.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import subprocess
from importlib.metadata import version

import ecdsa
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def with_openssl(pem):
    subprocess.run(["openssl", "pkey", "-noout"], input=pem.encode(), capture_output=True, check=True)


READERS = {
    "cryptography": lambda pem: serialization.load_pem_private_key(pem.encode(), None),
    "ecdsa": ecdsa.SigningKey.from_pem,
    "pycryptodome": ECC.import_key,
    "openssl": with_openssl,
}
pem = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)
FORMS = {
    "as written": pem,
    "blanks for line breaks": pem.strip().replace("\n", " "),
    "nothing for line breaks": pem.strip().replace("\n", ""),
    "a line of text before": f"Key Attributes: <No Attributes>\n{pem}",
}
read = {}
for form, text in FORMS.items():
    read[form] = []
    for name, reader in READERS.items():
        try:
            reader(text)
            read[form].append(name)
        except Exception:
            pass
    print(f"{form}: read by {', '.join(read[form])}")
print({name: version(name) for name in READERS if name != "openssl"})
assert read["as written"] == list(READERS)
assert read["blanks for line breaks"] == read["nothing for line breaks"] == ["cryptography"], read
assert read["a line of text before"] == ["cryptography", "ecdsa", "openssl"], read
PYTHON
