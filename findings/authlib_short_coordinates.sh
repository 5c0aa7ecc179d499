#!/usr/bin/env bash
# One P-256 key, two thumbprints: Authlib leaves out leading zeros
#
# Guess: Coordinates have 32 bytes in a JWK, with leading zeros (RFC 7518, section 6.2.1.2), so every
#   library gives a key the same RFC 7638 thumbprint.
#
# Seen: Authlib leaves leading zero bytes out of x, y and d. One key in 128 becomes a JWK that is not
#   valid, and has another thumbprint, which Authlib also sets as kid, than joserfc, jwcrypto and
#   josepy give it.
#
# Versions: Authlib 1.9.10, joserfc 1.8.0, jwcrypto 1.6.1, josepy 2.2.0, cryptography 50.0.2; Python
#   3.11
#
# Matters: A key that is registered under its thumbprint is not found: for one token in a hundred, for
#   ever, and for nobody who tries to reproduce it with a fresh key.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    Authlib==1.9.10 joserfc==1.8.0 jwcrypto==1.6.1 josepy==2.2.0 cryptography==50.0.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import base64
from importlib.metadata import version
from itertools import count

import josepy
import jwcrypto.jwk
from authlib.jose import JsonWebKey
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey


def thumbprints(key):
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return {
        "Authlib": JsonWebKey.import_key(pem, {"kty": "EC"}).thumbprint(),
        "joserfc": ECKey.import_key(pem).thumbprint(),
        "jwcrypto": jwcrypto.jwk.JWK.from_pem(pem).thumbprint(),
        "josepy": base64.urlsafe_b64encode(josepy.JWKEC(key=key).thumbprint()).rstrip(b"=").decode(),
    }, JsonWebKey.import_key(pem, {"kty": "EC"}).as_dict()["x"]


keys = (ec.derive_private_key(value, ec.SECP256R1()) for value in count(2**200))
short = next(key for key in keys if key.public_key().public_numbers().x < 2**248)
usual = next(key for key in keys if key.public_key().public_numbers().x >= 2**248 <= key.public_key().public_numbers().y)
found = {}
for kind, key in (("usual key", usual), ("x begins with a zero byte", short)):
    found[kind], x = thumbprints(key)
    print(f"{kind}: x of Authlib has {len(base64.urlsafe_b64decode(x + '=='))} bytes")
    for library, thumbprint in found[kind].items():
        print(f"  {library} {version(library)}: {thumbprint}")
assert len(set(found["usual key"].values())) == 1
rest = dict(found["x begins with a zero byte"])
assert rest.pop("Authlib") not in rest.values()
assert len(set(rest.values())) == 1
PYTHON
