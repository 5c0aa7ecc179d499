#!/usr/bin/env bash
# One JWS header with members of its own, five libraries: one refuses, two sort
#
# Guess: Members that are not registered are allowed in a JWS header and ignored by who does not know
#   them (RFC 7515, section 4.3). The libraries sign what they are given, in the order in which it is
#   given.
#
# Seen: joserfc refuses to sign. jwcrypto sorts the members of a dict, and keeps them when it is given
#   the text. python-jose sorts them too, adds typ, and makes null of a typ that is None. Authlib and
#   PyJWT (with sort_headers=False and typ None) leave them alone.
#
# Versions: joserfc 1.8.0, jwcrypto 1.6.1, python-jose 3.5.0, Authlib 1.9.10, PyJWT 2.15.1; Python
#   3.11
#
# Matters: Vendors put method, path and query into the header and compare it byte for byte: with most
#   of these libraries no request is signed as documented.
set -euo pipefail

folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    joserfc==1.8.0 jwcrypto==1.6.1 python-jose==3.5.0 Authlib==1.9.10 PyJWT==2.15.1 cryptography==50.0.2

"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import base64
import json
from importlib.metadata import version

import authlib.jose
import joserfc.errors
import joserfc.jws
import jose.jws
import jwcrypto.jwk
import jwcrypto.jws
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

HEADER = {"alg": "ES256", "kid": "token", "uri": "/v3/devices", "method": "GET", "issuedAt": 1764288000000}
OTHERS = {name: value for name, value in HEADER.items() if name != "alg"}
pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
)


def with_joserfc():
    return joserfc.jws.serialize_compact(HEADER, b"{}", ECKey.import_key(pem))


def with_jwcrypto(header):
    token = jwcrypto.jws.JWS(b"{}")
    token.add_signature(jwcrypto.jwk.JWK.from_pem(pem), None, header, None)
    return token.serialize(compact=True)


WAYS = {
    "joserfc": with_joserfc,
    "jwcrypto, dict": lambda: with_jwcrypto(HEADER),
    "jwcrypto, text": lambda: with_jwcrypto(json.dumps(HEADER)),
    "python-jose": lambda: jose.jws.sign(b"{}", pem, headers=OTHERS, algorithm="ES256"),
    "python-jose, typ None": lambda: jose.jws.sign(b"{}", pem, headers={**OTHERS, "typ": None}, algorithm="ES256"),
    "Authlib": lambda: authlib.jose.JsonWebSignature().serialize_compact(HEADER, b"{}", pem).decode(),
    "PyJWT": lambda: jwt.PyJWS().encode(b"{}", pem, "ES256", headers={"typ": None, **OTHERS}, sort_headers=False),
}
signed = {}
for name, sign in WAYS.items():
    try:
        signed[name] = json.loads(base64.urlsafe_b64decode(sign().split(".")[0] + "=="))
    except joserfc.errors.JoseError as error:
        signed[name] = type(error).__name__
    print(f"{name} ({version(name.split(',')[0])}): {signed[name] if isinstance(signed[name], str) else list(signed[name])}")
given, sorted_names = list(HEADER), sorted(HEADER)
assert signed["joserfc"] == "UnsupportedHeaderError"
assert list(signed["jwcrypto, dict"]) == sorted_names != given
assert list(signed["jwcrypto, text"]) == list(signed["Authlib"]) == list(signed["PyJWT"]) == given
assert list(signed["python-jose"]) == sorted([*given, "typ"])
assert signed["python-jose, typ None"]["typ"] is None
PYTHON
