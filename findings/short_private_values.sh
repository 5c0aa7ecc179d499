#!/usr/bin/env bash
# A key that openssl and ecdsa read is broken for cryptography and pycryptodome
#
# Guess: A P-256 key whose private value begins with a zero byte, written by a program that leaves
#   leading zeros out, is either read by all (openssl reads it) or refused by all (RFC 5915 wants 32
#   bytes).
#
# Seen: openssl and ecdsa read it, with the right value. cryptography and pycryptodome refuse it,
#   pycryptodome with 'Invalid DER encoding inside the PEM file', although the DER is valid.
#
# Versions: cryptography 50.0.2, pycryptodome 4.4.0, ecdsa 0.19.2, openssl of the machine (3.0.19);
#   Python 3.11
#
# Matters: One key in 256 of such a writer. The customer's check with openssl says that the key is
#   good, the integration says that it is damaged, and a new key from the same program works.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    cryptography==50.0.2 pycryptodome==4.4.0 ecdsa==0.19.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import base64
import subprocess
from importlib.metadata import version

import ecdsa
from Crypto.PublicKey import ECC
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

P256, EC = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06072a8648ce3d0201")


def der(tag, *parts):
    content = b"".join(parts)
    assert len(content) < 256
    return bytes([tag, len(content)] if len(content) < 128 else [tag, 0x81, len(content)]) + content


def pkcs8(private_value, size):
    """The key with its private value in so many bytes."""
    public = ec.derive_private_key(private_value, ec.SECP256R1()).public_key()
    point = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    inner = der(0x30, b"\x02\x01\x01", der(4, private_value.to_bytes(size, "big")), der(0xA1, der(3, b"\0", point)))
    text = base64.encodebytes(der(0x30, b"\x02\x01\x00", der(0x30, EC, P256), der(4, inner))).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n"


def with_openssl(pem):
    done = subprocess.run(["openssl", "pkey", "-noout", "-text"], input=pem, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(done.stderr)
    return int("".join(done.stdout.partition("priv:")[2].partition("pub:")[0].replace(":", "").split()), 16)


READERS = {
    "openssl": with_openssl,
    "ecdsa": lambda pem: ecdsa.SigningKey.from_pem(pem).privkey.secret_multiplier,
    "cryptography": lambda pem: serialization.load_pem_private_key(pem.encode(), None).private_numbers().private_value,
    "pycryptodome": lambda pem: int(ECC.import_key(pem).d),
}
value = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value >> 8
read = {}
for size in (32, 31):
    pem = pkcs8(value, size)
    print(f"private value in {size} bytes:")
    for name, reader in READERS.items():
        try:
            read[name, size] = reader(pem) == value
            print(f"  {name}: read")
        except ValueError as error:
            read[name, size] = False
            print(f"  {name}: {error}".splitlines()[0])
print({name: version(name) for name in READERS if name != "openssl"})
assert all(read[name, 32] for name in READERS)
assert [read[name, 31] for name in READERS] == [True, True, False, False], read
PYTHON
